internal import Synchronization
package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Blocks that llama.cpp's encoders get wrong and whose bytes were written all the same.
///
/// It is complete when all payloads have been read.
package final class MisencodedReport: Sendable {
  /// What was met in one tensor.
  package struct Entry: Hashable, Sendable {
    /// The tensor's name.
    package let tensor: ByteString
    /// Its new encoding.
    package let encoding: Encoding
    /// How many of its blocks decode to something else than was meant.
    package let blocks: Int
    /// How many blocks it has.
    package let total: Int
  }

  private let table = Mutex<[ByteString: Entry]>([:])

  /// Nothing seen yet.
  package init() {}

  /// The tensors that have such blocks, by name.
  package var entries: [Entry] {
    table.withLock {
      $0.values.sorted { $0.tensor.bytes.lexicographicallyPrecedes($1.tensor.bytes) }
    }
  }

  func note(_ blocks: Int, of total: Int, in tensor: ByteString, _ encoding: Encoding) {
    guard blocks > 0 else { return }
    table.withLock { table in
      table[tensor] = Entry(
        tensor: tensor, encoding: encoding, blocks: blocks + (table[tensor]?.blocks ?? 0),
        total: total)
    }
  }
}

/// What is done about blocks that the reference encodes wrongly.
enum EncoderSlips: Sendable {
  /// The reference's bytes, without a word.
  case ignored
  /// The reference's bytes, and a note of how many are wrong.
  case noted(MisencodedReport)
  /// Right blocks instead of the reference's bytes.
  case amended
}
