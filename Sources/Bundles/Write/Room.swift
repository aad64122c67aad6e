internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// The place of the documents at the front of a bundle, reserved before their sizes are known.
///
/// Sizes differ by the digits of numbers only. What a document is shorter than was reserved, the
/// comment of the header in front of it is longer.
struct Room {
  /// Bytes and where they go.
  typealias Part = (offset: UInt64, bytes: [UInt8])

  private struct Entry {
    let headerBytes: Int
    let contentBytes: Int
    var byteCount: Int { headerBytes + contentBytes }
  }

  private let entries: [Entry]

  /// Reserves room for documents that are at least as long as the final ones.
  init(_ largest: BundleDocuments) {
    entries = Self.contents(largest).map { header, content in
      Entry(
        headerBytes: header.comment.isEmpty ? header.encoded.count : header.reservedBytes,
        contentBytes: content.count + TarHeader.padding(after: UInt64(content.count)))
    }
  }

  /// The bytes reserved.
  var byteCount: UInt64 { UInt64(entries.reduce(0) { $0 + $1.byteCount }) }

  /// The documents in their order, with their headers.
  private static func contents(_ documents: BundleDocuments) -> [(TarHeader, [UInt8])] {
    func header(_ path: String, _ content: [UInt8], isNoted: Bool) -> TarHeader {
      TarHeader(
        path: ByteString(path), byteCount: UInt64(content.count),
        comment: isNoted ? note(content) : [])
    }
    let manifestPath = Descriptor.path(SHA256.hash(documents.manifest))
    let configurationPath = Descriptor.path(SHA256.hash(documents.configuration))
    return [
      (
        header(BundleDocuments.layoutPath, BundleDocuments.layout, isNoted: false),
        BundleDocuments.layout
      ),
      (header(BundleDocuments.indexPath, documents.index, isNoted: true), documents.index),
      (header(manifestPath, documents.manifest, isNoted: true), documents.manifest),
      (
        header(configurationPath, documents.configuration, isNoted: false),
        documents.configuration
      ),
    ]
  }

  /// The comment in front of a document: its digest, which nothing else has for the index.
  static func note(_ content: [UInt8]) -> [UInt8] { Array(SHA256.hash(content).reference.utf8) }

  /// Headers and contents that fill the room exactly.
  func place(_ documents: BundleDocuments) throws(FormatError) -> [(header: Part, content: Part)] {
    var offset: UInt64 = 0
    var parts: [(header: Part, content: Part)] = []
    for (entry, (header, content)) in zip(entries, Self.contents(documents)) {
      let padded =
        content + [UInt8](repeating: 0, count: TarHeader.padding(after: UInt64(content.count)))
      let headerBytes = entry.byteCount - padded.count
      let bytes = header.comment.isEmpty ? header.encoded : header.encoded(filling: headerBytes)
      guard let bytes, bytes.count == headerBytes else {
        preconditionFailure("a document is longer than its room")
      }
      parts.append(((offset, bytes), (offset + UInt64(headerBytes), padded)))
      offset += UInt64(entry.byteCount)
    }
    return parts
  }
}
