internal import WeighbridgeByteIO

/// Where a part of a split model may end: between layers, or where its share of the bytes is reached.
struct SplitBounds {
  /// The layer that each tensor belongs to, or that of the one before it.
  private let layers: [Int]

  init(_ names: [ByteString]) {
    var last = 0
    layers = names.map { name in
      last = Self.layer(name) ?? last
      return last
    }
  }

  /// The number in `blk.12.attn_q.weight`.
  private static func layer(_ name: ByteString) -> Int? {
    let parts = name.bytes.split(separator: UInt8(ascii: "."))
    guard parts.count > 2, parts[0].elementsEqual("blk".utf8) else { return nil }
    return Int(String(decoding: parts[1], as: UTF8.self))
  }

  /// Whether a part of `count` layers starts with a tensor.
  func starts(at index: Int, every count: Int) -> Bool {
    index > 0 && layers[index] / count != layers[index - 1] / count
  }

  /// Whether one of `count` parts of like size starts with a tensor; `part` are open or full, `bytes` lie
  /// in front of the tensor, and `left` tensors are not in a part yet.
  func starts(
    at index: Int, bytes: UInt64, of total: UInt64, part: Int, count: Int, left: Int
  ) -> Bool {
    guard part < count else { return false }
    // The rest must not be empty.
    if left <= count - part { return true }
    return Double(bytes) >= Double(total) * Double(part) / Double(count)
  }
}
