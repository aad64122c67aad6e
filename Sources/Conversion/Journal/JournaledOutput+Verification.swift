internal import Synchronization
package import WeighbridgeByteIO

extension JournaledOutput {
  /// Reads what an earlier run wrote and compares it with the journal; what differs is done again.
  ///
  /// Returns the number of bytes that are there already.
  package func verify(
    workers: Int, progress: any ProgressObserver = SilentProgress()
  ) throws(ConversionError) -> UInt64 {
    guard !candidates.isEmpty else { return 0 }
    var sources: [FileSource?] = []
    for (part, work) in zip(parts, works) {
      sources.append(try? FileSource(path: work?.sink.path ?? part.path, isInput: false))
    }
    let files = sources
    let total = candidates.reduce(UInt64(0)) { $0 &+ UInt64($1.chunk.byteCount) }
    progress.begin("verifying what is there", total: total, unit: .bytes)
    defer { progress.end() }
    try Workers.run(candidates.count, on: workers, scratch: { [UInt8]() }) {
      (buffer, index) throws(ConversionError) in
      let record = candidates[index]
      let count = record.chunk.byteCount
      progress.advance(by: UInt64(count))
      guard let source = files[record.part],
        ByteExtent(
          offset: record.chunk.offset, byteCount: UInt64(count), within: source.byteCount) != nil
      else { return }
      if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
      var span = buffer.mutableSpan
      var all = unsafe span.mutableBytes
      var bytes = all._mutatingExtracting(0..<count)
      do { try source.read(at: record.chunk.offset, into: &bytes) } catch { return }
      guard Checksum.of(bytes.bytes) == record.checksum else {
        state.withLock { $0.damaged.append(record) }
        return
      }
      state.withLock {
        $0.finished[record.part][record.chunk] = FinishedChunk(sums: record.sums)
      }
    }
    return state.withLock { state in
      state.finished.reduce(0) { $1.keys.reduce($0) { $0 &+ UInt64($1.byteCount) } }
    }
  }

  /// What `verify` found to be other bytes than the journal says: it is written again.
  package var damagedChunks: [(file: String, chunk: FileChunk)] {
    state.withLock { $0.damaged }
      .sorted { ($0.part, $0.chunk.offset) < ($1.part, $1.chunk.offset) }
      .map { (parts[$0.part].path, $0.chunk) }
  }
}
