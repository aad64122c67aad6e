internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Whether two models are the same files: a read of each, which ends at the first difference.
enum SameFiles {
  private static let chunk = 4 << 20

  static func areSame(_ left: Model, _ right: Model, using resources: Resources) throws -> Bool {
    let (own, other) = (left.origin.files, right.origin.files)
    // What lies beside the tensors of a checkpoint counts, and is not among its files.
    guard left.companions == nil, right.companions == nil, !own.isEmpty,
      own.map(\.byteCount) == other.map(\.byteCount)
    else { return false }
    // Headers tell most models apart, at no cost.
    guard left.metadata == right.metadata, left.tensors.map(\.name) == right.tensors.map(\.name)
    else { return false }
    let total = own.reduce(0) { $0 &+ $1.byteCount }
    resources.progress.begin("comparing", total: total, unit: .bytes)
    defer { resources.progress.end() }
    for (first, second) in zip(own, other) {
      let source = try ModelInput.source(first.path)
      let target = try ModelInput.source(second.path)
      guard try isSame(source, target, resources) else { return false }
    }
    return true
  }

  private static func isSame(
    _ source: any ByteSource, _ target: any ByteSource, _ resources: Resources
  ) throws -> Bool {
    let pieces = Int(clamping: (source.byteCount + UInt64(chunk) - 1) / UInt64(chunk))
    let differs = Atomic<Bool>(false)
    let progress = resources.progress
    try Workers.run(pieces, on: resources.threads, scratch: { PayloadScratch() }) {
      (scratch: inout PayloadScratch, piece: Int) throws(IOError) in
      guard !differs.load(ordering: .relaxed) else { return }
      let start = UInt64(piece) * UInt64(chunk)
      let count = Int(min(UInt64(chunk), source.byteCount - start))
      var own = scratch.takeBytes(count)
      var other = scratch.takeBytes(count)
      try read(source, start, count, into: &own)
      try read(target, start, count, into: &other)
      let isSame = unsafe own.withUnsafeBytes { own in
        unsafe other.withUnsafeBytes { other in
          unsafe own.prefix(count).elementsEqual(other.prefix(count))
        }
      }
      if !isSame { differs.store(true, ordering: .relaxed) }
      scratch.give(own)
      scratch.give(other)
      progress.advance(by: UInt64(count))
    }
    return !differs.load(ordering: .relaxed)
  }

  private static func read(
    _ source: any ByteSource, _ start: UInt64, _ count: Int, into bytes: inout [UInt8]
  ) throws(IOError) {
    var span = bytes.mutableSpan
    var all = unsafe span.mutableBytes
    var part = all._mutatingExtracting(0..<count)
    try source.read(at: start, into: &part)
  }
}
