internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON
internal import WeighbridgeZstd

/// A layer of a bundle that was opened: its files, and how to read them.
struct BundleLayer: Sendable {
  /// A file in the layer.
  struct Entry: Sendable {
    let path: BundlePath
    /// Where its contents lie in the layer before compression.
    let extent: ByteExtent
  }

  let descriptor: Descriptor
  let kind: BundleFileKind
  let packing: LayerPacking
  /// The digest of the layer before compression, where the configuration has it.
  let diffID: Digest?
  /// The layer as it is stored.
  let blob: any ByteSource
  /// Where the blob begins in the bundle.
  let offset: UInt64
  let table: SeekTable?
  /// The pieces that can be decoded by themselves.
  let parts: (any LayerParts)?
  /// The layer before compression, where it can be read at random.
  let contents: (any ByteSource)?
  private(set) var entries: [Entry] = []
  let limits: BundleLimits

  /// Opens a layer and lists its files.
  ///
  /// An archive that is compressed without a seek table is decompressed for it.
  init(
    _ descriptor: Descriptor, diffID: Digest?, in archive: BundleArchive, limits: BundleLimits,
    predictions: any PredictionSources, sharing opened: inout [String: BundleLayer]
  ) throws(FormatError) {
    let (kind, packing) = try Self.type(of: descriptor, in: archive.source.name)
    let entry = try Self.entry(of: descriptor, in: archive)
    let label = descriptor.annotation(Annotation.path) ?? descriptor.annotation(Annotation.title)
    let member = archive.source.name + "#" + (label ?? descriptor.digest.reference)
    self.descriptor = descriptor
    self.kind = kind
    self.packing = packing
    self.diffID = diffID
    self.limits = limits
    offset = entry.contentOffset
    blob = try archive.contents(of: entry, name: member)
    if packing.isCompressed {
      if let same = opened[descriptor.path], same.packing == packing {
        // Many layers may name one blob: what it holds is found out, and held, once.
        table = same.table
        parts = same.parts
        contents = same.contents
        entries = try packing.isArchive ? same.entries : fileEntry(label)
        try checkDeclaredSize()
        return
      }
      let frames = opened.values.reduce(0) { $0 + ($1.table?.frames.count ?? 0) }
      let table = try SeekTable.read(
        blob, frameBytes: limits.frameBytes, limit: max(0, limits.frames - frames),
        hasTrailer: packing == .planes)
      let parts = try Self.parts(
        descriptor, table, blob, packing, at: entry.contentOffset, limits, predictions)
      self.table = table
      self.parts = parts
      let blob = blob
      contents = parts.map { FrameSource(blob, $0, name: member) }
    } else {
      table = nil
      parts = nil
      contents = blob
    }
    entries = try packing.isArchive ? archiveEntries() : fileEntry(label)
    try checkDeclaredSize()
    opened[descriptor.path] = self
  }

  /// What a layer's type says.
  private static func type(
    of descriptor: Descriptor, in name: String
  ) throws(FormatError) -> (kind: BundleFileKind, packing: LayerPacking) {
    guard let (kind, packing) = MediaType.parse(descriptor.mediaType) else {
      throw FormatError(
        .unsupportedEncoding, "a layer of type '\(descriptor.mediaType)' cannot be read", in: name,
        hint: "ModelPack's types are read: application/vnd.cncf.model.weight.v1.raw and its like")
    }
    guard packing != .tarGzip else {
      throw FormatError(
        .unsupportedEncoding, "a layer of type '\(descriptor.mediaType)' cannot be read: gzip",
        in: name, hint: "pack the model again without compression, or with zstd")
    }
    return (kind, packing)
  }

  /// Where a layer is in the archive.
  private static func entry(
    of descriptor: Descriptor, in archive: BundleArchive
  ) throws(FormatError) -> TarEntry {
    let name = archive.source.name
    guard let entry = archive[descriptor.path] else {
      throw FormatError(
        .missingFile, "the archive has no '\(descriptor.path)', which the manifest names", in: name)
    }
    guard entry.byteCount == descriptor.byteCount else {
      throw FormatError(
        .invalidValue,
        "'\(descriptor.path)' has \(entry.byteCount) bytes; the manifest says "
          + "\(descriptor.byteCount)", in: name, at: entry.headerOffset)
    }
    return entry
  }

  /// The pieces of a compressed layer; nil where it has no seek table.
  private static func parts(
    _ descriptor: Descriptor, _ table: SeekTable?, _ blob: any ByteSource,
    _ packing: LayerPacking, at offset: UInt64, _ limits: BundleLimits,
    _ predictions: any PredictionSources
  ) throws(FormatError) -> (any LayerParts)? {
    guard let table else {
      guard packing.isDense else { return nil }
      throw FormatError(
        .invalidValue, "the layer does not end with a seek table", in: blob.name, at: offset)
    }
    guard packing == .planes else { return FrameParts(table, base: offset, name: blob.name) }
    return try PlanarParts(
      blob, table,
      digest: descriptor.annotation(Annotation.contents).flatMap {
        Digest(reference: $0)
      }, base: offset, limits: limits, predictions: predictions)
  }

  /// The file that a layer without an archive is.
  private func fileEntry(_ label: String?) throws(FormatError) -> [Entry] {
    guard let label else {
      throw FormatError(
        .missingFile, "a layer without the annotation '\(Annotation.path)'", in: blob.name)
    }
    let byteCount = contents?.byteCount ?? 0
    guard let extent = ByteExtent(offset: 0, byteCount: byteCount, within: byteCount)
    else { return [] }
    let path = try path(BundlePath.withoutDot(ByteString(label)), at: nil)
    return [Entry(path: path, extent: extent)]
  }

  private func path(_ text: ByteString, at offset: UInt64?) throws(FormatError) -> BundlePath {
    do { return try BundlePath(text) } catch {
      throw FormatError(error.code, error.message, in: blob.name, at: offset)
    }
  }

  private func archiveEntries() throws(FormatError) -> [Entry] {
    let stream: any ByteStream
    if let frames = contents as? FrameSource {
      stream = FrameSourceStream(frames)
    } else if let contents {
      stream = SourceStream(contents)
    } else {
      stream = try self.stream(workers: 1, hashesContent: false, isThorough: false)
    }
    let reader = TarReader(stream, limits: limits)
    var entries: [Entry] = []
    while let entry = try reader.next() {
      guard entries.count < limits.files else {
        throw FormatError(
          .limitExceeded, "a layer with more than \(limits.files) files", in: blob.name)
      }
      guard
        let extent = ByteExtent(
          offset: entry.contentOffset, byteCount: entry.byteCount, within: UInt64.max)
      else { throw FormatError(.invalidValue, "a size that overflows", in: blob.name) }
      entries.append(
        Entry(path: try path(entry.plainPath, at: entry.headerOffset), extent: extent))
      // Behind one file there is room for the end mark only: it need not be decompressed to know
      // so, and whoever reads the whole layer checks it.
      if entries.count == 1, endsBehind(extent) || (contents == nil && isDeclared(extent)) { break }
    }
    return entries
  }

  /// Whether the manifest announces the layer as this one file.
  ///
  /// A layer that is compressed without a seek table could only be listed by decompressing it, and a
  /// few megabytes may hold hundreds of gigabytes of zeros.
  private func isDeclared(_ extent: ByteExtent) -> Bool {
    descriptor.annotation(Annotation.path) != nil && declaredByteCount == extent.byteCount
  }

  /// Whether nothing but padding and an end mark lies behind a file.
  private func endsBehind(_ extent: ByteExtent) -> Bool {
    guard let contents else { return false }
    let rest = UInt64(TarHeader.padding(after: extent.byteCount) + TarHeader.endBytes)
    return extent.end.addingReportingOverflow(rest) == (contents.byteCount, false)
  }

  /// Whether it is stored as what differs from other files.
  var isPredicted: Bool {
    (parts as? PlanarParts)?.contents.regions.contains { $0.prediction != nil } ?? false
  }

  /// The size that the manifest announces for the file, if any.
  var declaredByteCount: UInt64? {
    guard let text = descriptor.annotation(Annotation.metadata),
      let value = try? JSONValue.parse(Array(text.utf8), depth: 8),
      let size = value["size"]?.integer, size >= 0
    else { return nil }
    return UInt64(size)
  }

  private func checkDeclaredSize() throws(FormatError) {
    guard entries.count == 1, let declared = declaredByteCount else { return }
    guard declared == entries[0].extent.byteCount else {
      throw FormatError(
        .invalidValue,
        "the manifest announces \(declared) bytes; there are \(entries[0].extent.byteCount)",
        in: blob.name)
    }
  }

  /// The digest of a file, where the bundle tells it.
  func fileDigest() throws(FormatError) -> Digest? {
    if packing == .raw { return descriptor.digest }
    guard entries.count == 1, let text = descriptor.annotation(Annotation.fileDigest) else {
      return packing.isArchive ? nil : diffID
    }
    guard let digest = Digest(reference: text) else {
      throw FormatError(.invalidValue, "the file's digest '\(text)' is no SHA-256", in: blob.name)
    }
    return digest
  }
}
