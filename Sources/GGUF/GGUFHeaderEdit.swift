package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The header of one GGUF file, to be laid out again with other metadata or names in front of the same
/// data: what is in between is taken up by a key that readers ignore.
package struct GGUFHeaderEdit {
  /// The key that keeps room for later edits; its value is spaces.
  ///
  /// With 12 bytes an entry without text takes 32, the usual alignment: every gap that is not padding can
  /// be filled.
  package static let reserveKey: ByteString = "edit.reserve"
  private static let reserveOverhead = 32

  private let header: GGUFHeader

  /// Reads the header of a file.
  package init(_ source: any ByteSource, limits: ReadLimits = .default) throws(FormatError) {
    header = try GGUFHeader(source, limits: limits)
  }

  /// All keys of the file, those of a split included.
  package var metadata: Metadata { header.metadata }
  /// The names of its tensors.
  package var names: [ByteString] { header.entries.map(\.name) }
  /// Whether the file can be laid out again: the first version counts in 32 bits.
  package var isRewritable: Bool { header.version > 1 }
  /// Whether there are tensors behind the header, which have to stay where they are.
  package var hasTensors: Bool { !header.entries.isEmpty }
  /// The bytes up to the data of the first tensor.
  package var room: Int {
    Int((header.end + header.alignment - 1) / header.alignment * header.alignment)
  }

  /// What a header with these metadata and names takes without a reserve and without padding.
  package func size(_ metadata: Metadata, renaming names: [ByteString: ByteString]) -> Int {
    var plain = metadata
    plain[Self.reserveKey] = nil
    return laidOut(plain, names).count
  }

  /// The header, exactly as large as the old one; nil where it has no room.
  ///
  /// A file without tensors ends with its header, which may have any size.
  package func bytes(
    _ metadata: Metadata, renaming names: [ByteString: ByteString]
  ) -> [UInt8]? {
    var plain = metadata
    plain[Self.reserveKey] = nil
    let bare = laidOut(plain, names)
    guard hasTensors else { return bare }
    let gap = room - bare.count
    guard gap >= 0 else { return nil }
    if gap < Int(header.alignment), metadata[Self.reserveKey] == nil || gap < Self.reserveOverhead {
      return bare + [UInt8](repeating: 0, count: gap)
    }
    guard gap >= Self.reserveOverhead else { return nil }
    plain[Self.reserveKey] = Self.reserve(gap - Self.reserveOverhead)
    let filled = laidOut(plain, names)
    precondition(filled.count == room, "a reserve takes what it was given")
    return filled
  }

  /// A value that takes `count` bytes beside what every entry of the reserve takes.
  package static func reserve(_ count: Int) -> MetadataValue {
    .string(ByteString([UInt8](repeating: 0x20, count: count)))
  }

  private func laidOut(_ metadata: Metadata, _ names: [ByteString: ByteString]) -> [UInt8] {
    var writer = GGUFWriter(byteOrder: header.byteOrder)
    writer.write(raw: GGUF.magic)
    writer.write(header.version)
    writer.write(UInt64(header.entries.count))
    writer.write(UInt64(metadata.entries.count))
    for entry in metadata.entries { writer.write(entry) }
    for entry in header.entries {
      writer.write(names[entry.name] ?? entry.name)
      writer.write(UInt32(entry.dimensions.count))
      for dimension in entry.dimensions { writer.write(dimension) }
      writer.write(entry.type)
      writer.write(entry.offset)
    }
    return writer.bytes
  }
}
