internal import WeighbridgeByteIO

/// The files of the outer tar, and where they lie.
struct BundleArchive {
  let source: any ByteSource
  /// In the order of the archive.
  let entries: [TarEntry]
  /// Where the end mark begins.
  let end: UInt64
  private let places: [ByteString: Int]

  /// Walks the headers; contents are not read.
  init(_ source: any ByteSource, limits: BundleLimits) throws(FormatError) {
    let reader = TarReader(SourceStream(source), limits: limits)
    var entries: [TarEntry] = []
    var places: [ByteString: Int] = [:]
    while let entry = try reader.next() {
      do { _ = try BundlePath(entry.plainPath) } catch {
        throw FormatError(error.code, error.message, in: source.name, at: entry.headerOffset)
      }
      guard places.updateValue(entries.count, forKey: entry.plainPath) == nil else {
        throw FormatError(
          .duplicateName, "the archive has two files '\(entry.plainPath)'", in: source.name,
          at: entry.headerOffset)
      }
      // Two layers a file at most, and the documents.
      guard entries.count < limits.files + 16 else {
        throw FormatError(
          .limitExceeded, "the archive has more than \(limits.files) files", in: source.name)
      }
      entries.append(entry)
    }
    self.source = source
    self.entries = entries
    self.places = places
    self.end = reader.position - UInt64(TarHeader.endBytes)
  }

  /// A file by its path.
  subscript(path: String) -> TarEntry? { places[ByteString(path)].map { entries[$0] } }

  /// The contents of a file.
  ///
  /// The reader went past them, so they lie inside the archive.
  func contents(of entry: TarEntry, name: String) throws(FormatError) -> any ByteSource {
    guard
      let extent = ByteExtent(
        offset: entry.contentOffset, byteCount: entry.byteCount, within: source.byteCount)
    else { throw FormatError(.truncated, "the archive ends inside a file", in: source.name) }
    return SliceSource(source, extent, name: name)
  }

  /// A document: small enough, and there.
  func document(_ path: String, limits: BundleLimits) throws(FormatError) -> [UInt8] {
    guard let entry = self[path] else {
      throw FormatError(.missingFile, "the archive has no '\(path)'", in: source.name)
    }
    guard entry.byteCount <= limits.documentBytes else {
      throw FormatError(
        .limitExceeded,
        "'\(path)' has \(entry.byteCount) bytes; at most \(limits.documentBytes) are allowed",
        in: source.name, at: entry.contentOffset)
    }
    let contents = try contents(of: entry, name: source.name + "#" + path)
    do { return try contents.readBytes(at: 0, count: Int(entry.byteCount)) } catch {
      throw FormatError(error)
    }
  }
}
