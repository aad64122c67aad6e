package import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The header of one file, to be laid out again with other `__metadata__` or names in front of the same
/// data: what is in between is spaces, which the format allows at the header's end.
package struct SafetensorsHeaderEdit {
  private let header: SafetensorsHeader

  /// Reads the header of a file.
  package init(_ source: any ByteSource, limits: ReadLimits = .default) throws(FormatError) {
    header = try SafetensorsHeader(source, limits: limits)
  }

  /// `__metadata__`.
  package var metadata: Metadata { header.metadata }
  /// The names of its tensors, in the order of the data.
  package var names: [ByteString] { header.entries.map(\.name) }
  /// The bytes in front of the data.
  package var room: Int { Int(header.dataStart) }

  /// The header and its length, at least `room` bytes with spaces; throws where a value is no text.
  package func bytes(
    _ metadata: Metadata, renaming names: [ByteString: ByteString], room: Int = 0
  ) throws(ModelError) -> [UInt8] {
    var text = HeaderText()
    if !metadata.entries.isEmpty {
      text.append(try Safetensors.member(metadata) { "--set \($0)=str:…" })
    }
    for entry in header.entries {
      text.append(entry.renamed(names[entry.name] ?? entry.name))
    }
    var json = text.finished(paddedTo: 8)
    let missing = room - json.count - Int(Safetensors.lengthBytes)
    if missing > 0 { json += [UInt8](repeating: 0x20, count: missing) }
    let count = UInt64(json.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) } + json
  }
}

extension SafetensorsEntry {
  /// The entry as the reference writer writes it, under another name.
  func renamed(_ name: ByteString) -> [UInt8] {
    let shape = layout.shape.dimensions.map(String.init).joined(separator: ",")
    let type = layout.encoding.safetensorsType ?? ""
    return name.quoted
      + Array(
        ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}".utf8)
  }
}
