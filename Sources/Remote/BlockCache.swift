internal import Synchronization

/// The blocks of remote files that were read last, up to a number of bytes in all.
final class BlockCache: Sendable {
  /// A block of a file.
  struct Key: Hashable {
    let file: UInt64
    let block: UInt64
  }

  private struct State {
    var blocks: [Key: (bytes: [UInt8], used: UInt64)] = [:]
    var byteCount = 0
    var clock: UInt64 = 0
  }

  private let byteLimit: Int
  private let state = Mutex(State())

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// The bytes of a block, if they are there still.
  subscript(key: Key) -> [UInt8]? {
    state.withLock { state in
      guard let block = state.blocks[key] else { return nil }
      state.clock += 1
      state.blocks[key] = (block.bytes, state.clock)
      return block.bytes
    }
  }

  /// Keeps a block, and lets go of those that were not used for longest.
  func insert(_ bytes: [UInt8], _ key: Key) {
    guard bytes.count <= byteLimit else { return }
    state.withLock { state in
      state.clock += 1
      let old = state.blocks.updateValue((bytes, state.clock), forKey: key)
      state.byteCount += bytes.count - (old?.bytes.count ?? 0)
      // A few dozen blocks: a search costs nothing beside the request that filled one.
      while state.byteCount > byteLimit,
        let oldest = state.blocks.min(by: { $0.value.used < $1.value.used })
      {
        state.blocks[oldest.key] = nil
        state.byteCount -= oldest.value.bytes.count
      }
    }
  }

  /// Bytes that are held.
  var byteCount: Int { state.withLock { $0.byteCount } }
}
