internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// The digests that gguf-py's `gguf_hash` prints: of each tensor, and of all of them one behind the
/// other.
public struct PlainDigests: Hashable, Sendable {
  /// How a digest is made.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// 20 bytes, in hexadecimal digits.
    case sha1
    /// 32 bytes, in hexadecimal digits.
    case sha256
    /// A UUID of version 5 in the namespace that `gguf_hash` has.
    case uuid
  }

  /// One digest.
  public struct Entry: Hashable, Sendable {
    /// How it is made.
    public let kind: Kind
    /// Hexadecimal digits; of a UUID, in its five groups.
    public let digest: String
    /// The tensor; nil for all of them.
    public let tensor: String?
  }

  /// Those of each tensor where they were asked for, in the order of the file, then those of all.
  public private(set) var entries: [Entry] = []

  /// `uuid5(NAMESPACE_URL, "en.wikipedia.org/wiki/Llama.cpp")`, as `gguf_hash.py` has it.
  private static let space: [UInt8] = [
    0xEF, 0x00, 0x12, 0x06, 0xDA, 0xDC, 0x5F, 0x6D, 0xA1, 0x5F, 0x33, 0x59, 0xE5, 0x77, 0xD4, 0xE5,
  ]
  /// Left out there, too.
  private static let leftOut: [ByteString] = [
    ".attention.masked_bias", ".attention.bias", ".rotary_emb.inv_freq",
  ]

  /// Reads every tensor once, in the order of the file.
  fileprivate init(
    _ model: Model, each: Bool, progress: any ProgressObserver
  ) throws(FormatError) {
    var first = SHA1()
    var second = SHA256()
    var identity = SHA1()
    identity.update(Self.space)
    var scratch = PayloadScratch()
    progress.begin("hashing", total: model.tensorBytes, unit: .bytes)
    defer { progress.end() }
    for tensor in model.tensors where !Self.isLeftOut(tensor.name) {
      var ownFirst = SHA1()
      var ownSecond = SHA256()
      let layout = tensor.layout
      let step = max(1, (1 << 20) / max(1, layout.bytesPerRow))
      for start in stride(from: 0, to: layout.rowCount, by: step) {
        let rows = start..<min(start + step, layout.rowCount)
        let bytes = try tensor.payload.borrow(rows: rows, from: &scratch)
        let span = unsafe bytes.span.bytes.extracting(0..<rows.count * layout.bytesPerRow)
        if each {
          ownFirst.update(span)
          ownSecond.update(span)
        }
        first.update(span)
        second.update(span)
        identity.update(span)
        scratch.give(bytes)
        progress.advance(by: UInt64(rows.count * layout.bytesPerRow))
      }
      if each {
        let name = tensor.name.text
        entries.append(
          Entry(kind: .sha1, digest: Self.hexadecimal(ownFirst.finalize()), tensor: name))
        entries.append(
          Entry(kind: .sha256, digest: ownSecond.finalize().hexadecimal, tensor: name))
      }
    }
    entries.append(Entry(kind: .sha1, digest: Self.hexadecimal(first.finalize()), tensor: nil))
    entries.append(Entry(kind: .sha256, digest: second.finalize().hexadecimal, tensor: nil))
    entries.append(Entry(kind: .uuid, digest: Self.uuid(identity.finalize()), tensor: nil))
  }

  private static func isLeftOut(_ name: ByteString) -> Bool {
    leftOut.contains { name.hasSuffix($0) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The first 16 bytes with version 5 and the variant of RFC 4122.
  private static func uuid(_ digest: [UInt8]) -> String {
    var bytes = Array(digest.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x50
    bytes[8] = bytes[8] & 0x3F | 0x80
    let text = hexadecimal(bytes)
    var parts: [Substring] = []
    var rest = text[...]
    for count in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return parts.joined(separator: "-")
  }
}

extension OpenedModel {
  /// Reads every tensor once, in the order of the file, and computes what `gguf_hash` prints.
  ///
  /// - Parameters:
  ///   - ofEach: Whether each tensor has digests of its own.
  ///   - resources: Who hears of it; one thread works, for all tensors are one stream of bytes.
  /// - Returns: Digests of each tensor where they are asked for, and of all.
  /// - Throws: Where a file cannot be read.
  public func plainDigests(
    ofEach: Bool, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> PlainDigests {
    try publicly { try PlainDigests(model, each: ofEach, progress: resources.progress) }
  }
}
