internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// The blocks that a calibration has chosen so far, tensor by tensor, in a file that a later run with the
/// same question finds: Specs/calibration.md, CAL-70.
///
///     identity, 32 bytes · entries of 64 bytes, stage after stage · blocks, stage after stage
///
/// An entry is the digest of the blocks and four numbers; blocks that were not written whole do not have
/// the digest of their entry.
package final class CalibrationJournal: Sendable {
  /// What is known of a tensor that was encoded.
  struct Entry {
    let extent: ByteExtent
    let loss: Double
    let plainLoss: Double
    let kept: Int
    let parts: Int
  }

  /// The file, for reading.
  let source: FileSource
  /// Whether an earlier run has left it.
  package let isFound: Bool
  private let path: String
  private let lock: LockedFile
  private let work: WorkFile
  private let places: [ByteString: (index: Int, offset: UInt64, byteCount: UInt64)]
  private let blocksPerStage: UInt64
  private let stages: Int

  private static let entryBytes = 64

  /// The name of the journal of an output, without the parts that hide it.
  package static func name(for output: String) -> String { output + ".calibration" }

  /// Opens the journal of an output, or begins it; `identity` is of all that decides the blocks.
  init(
    for output: String, identity: String, _ tensors: [(name: ByteString, byteCount: UInt64)],
    stages: Int
  ) throws(IOError) {
    path = Self.name(for: output)
    self.stages = stages
    var places: [ByteString: (index: Int, offset: UInt64, byteCount: UInt64)] = [:]
    var offset: UInt64 = 0
    for (index, tensor) in tensors.enumerated() {
      places[tensor.name] = (index, offset, tensor.byteCount)
      offset += tensor.byteCount
    }
    self.places = places
    blocksPerStage = offset
    let head = UInt64(32 + stages * tensors.count * Self.entryBytes)
    let place = try OutputPlace(path, replacing: true)
    lock = try LockedFile(for: path, isTemporary: false)
    work = try WorkFile(
      for: place, byteCount: head + UInt64(stages) * offset, keeps: true, isTemporary: false)
    source = try FileSource(path: work.sink.path)
    let own = SHA256.hash(Array(identity.utf8)).bytes
    let first = try source.readBytes(at: 0, count: 32)
    isFound = work.isFound && first == own
    if !isFound {
      // Zeros are no blocks' digest.
      try work.sink.write([UInt8](repeating: 0, count: Int(head)), at: 0)
      try work.sink.write(own, at: 0)
    }
  }

  private func entryOffset(_ index: Int, _ stage: Int) -> UInt64 {
    UInt64(32 + (stage * places.count + index) * Self.entryBytes)
  }

  private func extent(_ name: ByteString, _ stage: Int) -> (entry: UInt64, blocks: ByteExtent)? {
    guard let place = places[name], stage < stages else { return nil }
    let head = UInt64(32 + stages * places.count * Self.entryBytes)
    return ByteExtent(
      offset: head + UInt64(stage) * blocksPerStage + place.offset, byteCount: place.byteCount,
      within: source.byteCount
    ).map { (entryOffset(place.index, stage), $0) }
  }

  /// A tensor that an earlier run has encoded in a stage.
  func found(_ name: ByteString, stage: Int) throws(IOError) -> Entry? {
    guard isFound, let (entry, blocks) = extent(name, stage) else { return nil }
    let bytes = try source.readBytes(at: entry, count: Self.entryBytes)
    guard try SHA256.hash(source, blocks).bytes == Array(bytes[..<32]) else { return nil }
    func number(_ place: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[32 + 8 * place + $1]) << (8 * UInt64($1)) }
    }
    return Entry(
      extent: blocks, loss: Double(bitPattern: number(0)),
      plainLoss: Double(bitPattern: number(1)), kept: Int(clamping: number(2)),
      parts: Int(clamping: number(3)))
  }

  /// Keeps a tensor's blocks; where they lie.
  func keep(
    _ bytes: [UInt8], _ outcome: CalibratedQuantization.Outcome, stage: Int
  ) throws(IOError) -> ByteExtent? {
    guard let (entry, blocks) = extent(outcome.name, stage),
      blocks.byteCount == UInt64(bytes.count)
    else { return nil }
    try work.sink.write(bytes, at: blocks.offset)
    try work.synchronize()
    var record = SHA256.hash(bytes).bytes
    for number in [
      outcome.loss.bitPattern, outcome.plainLoss.bitPattern, UInt64(outcome.kept),
      UInt64(outcome.parts),
    ] {
      for shift: UInt64 in [0, 8, 16, 24, 32, 40, 48, 56] {
        record.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    try work.sink.write(record, at: entry)
    return blocks
  }

  /// Removes it: what it was for is written.
  package func remove() {
    WorkFile.remove(for: path)
    lock.remove()
  }
}
