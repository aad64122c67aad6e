internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// The bytes of a bundle that no digest of OCI covers: headers, padding, the index.
///
/// A bundle of this library has them in one form only, and notes the index's digest in the comment
/// of its header, so that any changed bit is found. Other tools' bundles are left alone.
struct Framing {
  private let archive: BundleArchive
  private let manifestPath: String
  /// Two blocks and the padding up to a multiple of 64 KiB are less.
  private static let largestHeader = 1 << 17

  init(_ archive: BundleArchive, manifest: Descriptor) {
    self.archive = archive
    manifestPath = manifest.path
  }

  /// What differs from the one form.
  func problems() throws(FormatError) -> [FormatError] {
    var differing: [FormatError] = []
    var isOwn = false
    var end: UInt64 = 0
    for entry in archive.entries {
      let headerBytes = Int(entry.contentOffset - entry.headerOffset)
      var isEqual = headerBytes <= Self.largestHeader
      if isEqual {
        isEqual = try bytes(at: entry.headerOffset, headerBytes) == header(of: entry, headerBytes)
      }
      if isEqual, entry.comment != nil { isOwn = true }
      if !isEqual || entry.headerOffset != end {
        differing.append(fault("the header of '\(entry.path)'", at: entry.headerOffset))
      }
      let padding = TarHeader.padding(after: entry.byteCount)
      end = entry.contentOffset + entry.byteCount
      if try !isZero(at: end, padding) {
        differing.append(fault("the padding after '\(entry.path)'", at: end))
      }
      end += UInt64(padding)
    }
    guard isOwn else { return [] }
    if end != archive.end || archive.end + UInt64(TarHeader.endBytes) != archive.source.byteCount {
      differing.append(fault("the end of the archive", at: archive.end))
    }
    if let layout = archive[BundleDocuments.layoutPath],
      try content(of: layout) != BundleDocuments.layout
    {
      differing.append(fault("'\(layout.path)'", at: layout.contentOffset))
    }
    return differing
  }

  /// The header that this library writes for an entry.
  private func header(of entry: TarEntry, _ byteCount: Int) throws(FormatError) -> [UInt8]? {
    var header = TarHeader(path: entry.path, byteCount: entry.byteCount)
    header.recordsSize = header.recordsSize || entry.recordsSize
    guard entry.comment != nil else { return header.encoded }
    if [BundleDocuments.indexPath, manifestPath].contains(entry.path.text) {
      header.comment = Room.note(try content(of: entry))
    }
    return header.encoded(filling: byteCount)
  }

  /// The contents of a document, whose size was checked when the bundle was opened.
  private func content(of entry: TarEntry) throws(FormatError) -> [UInt8] {
    try bytes(at: entry.contentOffset, Int(entry.byteCount))
  }

  private func bytes(at offset: UInt64, _ count: Int) throws(FormatError) -> [UInt8] {
    do { return try archive.source.readBytes(at: offset, count: count) } catch {
      throw FormatError(error)
    }
  }

  private func isZero(at offset: UInt64, _ count: Int) throws(FormatError) -> Bool {
    try bytes(at: offset, count).allSatisfy { $0 == 0 }
  }

  private func fault(_ what: String, at offset: UInt64) -> FormatError {
    FormatError(
      .digestMismatch, "\(what) is not as it was written", in: archive.source.name, at: offset)
  }
}

extension BundleReader {
  /// What differs from what this library writes between the blobs.
  func framingProblems() -> [FormatError] {
    do { return try Framing(archive, manifest: manifest.manifest).problems() } catch {
      return [error]
    }
  }
}
