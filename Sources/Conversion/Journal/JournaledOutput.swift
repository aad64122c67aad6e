internal import Dispatch
internal import Synchronization
package import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The files of one output in the making, with a journal beside them of the chunks that are written.
///
/// They appear at their paths all together, when all are whole. What a killed run leaves behind (the
/// hidden work files and the journal, Specs/journal.md) is taken up by the next one that is told to;
/// any other run with the same output does away with it.
package final class JournaledOutput: Sendable {
  /// One file.
  package struct Part: Sendable {
    /// The path that it will have.
    package let path: String
    /// Its size.
    package let byteCount: UInt64

    /// Describes a file.
    package init(path: String, byteCount: UInt64) {
      self.path = path
      self.byteCount = byteCount
    }
  }

  /// Bytes after which what was written is sent to the disk, in the background.
  private static let batch: UInt64 = 256 << 20

  private struct State {
    var finished: [[FileChunk: FinishedChunk]]
    var unsynchronized: UInt64 = 0
    var isSynchronizing = false
    var failure: IOError?
    var isOver = false
  }

  /// The files.
  package let parts: [Part]
  /// Whether the work of an earlier run was found.
  package let isResumed: Bool
  private let file: LockedFile
  private let works: [WorkFile?]
  private let candidates: [JournalRecord]
  private let keepsWork: Bool
  private let replaces: Bool
  private let state: Mutex<State>
  private let synchronization = DispatchGroup()

  /// Opens what an earlier run left, if `resumes` says so, or starts anew.
  ///
  /// Throws where an output exists and `replaces` does not allow to replace it, where the disk has no
  /// room, where another process is writing the output, and where the earlier run had another plan.
  /// `resumes` also keeps the work where this run does not reach `commit`.
  package init(
    path: String, parts: [Part], identity: PlanIdentity, resumes: Bool, replaces: Bool
  ) throws(ConversionError) {
    self.parts = parts
    self.keepsWork = resumes
    self.replaces = replaces
    let file: LockedFile
    do throws(IOError) {
      // Before the journal is touched: an output that is there is not to be replaced.
      if !resumes {
        try WorkFile.check(parts.map { ($0.path, 0) }, keeps: false, replacing: replaces)
      }
      file = try LockedFile(path: LockedFile.journal(for: path), for: path)
    } catch { throw .io(error) }
    self.file = file
    let journal: Journal?
    do throws(IOError) { journal = try Journal(file) } catch { throw .io(error) }
    if resumes, let refusal = journal?.refusal(of: identity, output: path) { throw .model(refusal) }
    let found = resumes ? journal : nil
    if let journal, found == nil { Self.discard(journal, beside: path) }
    do throws(IOError) {
      let published = parts.map { found?.isComplete == true && Self.isPublished($0) }
      let open = zip(parts, published).filter { !$1 }.map { ($0.0.path, $0.0.byteCount) }
      try WorkFile.check(open, keeps: found != nil, replacing: replaces)
      var works: [WorkFile?] = []
      for (part, isPublished) in zip(parts, published) {
        works.append(
          isPublished
            ? nil
            : try WorkFile(for: part.path, byteCount: part.byteCount, keeps: found != nil))
      }
      if let found {
        try file.truncate(to: found.validBytes)
      } else {
        try file.truncate(to: 0)
        try file.append(Journal.head(identity))
      }
      self.works = works
    } catch {
      // Nothing to go on with: no journal is left of a run that never began.
      if found == nil { file.remove() }
      throw .io(error)
    }
    let isThere = works.map { $0?.isFound ?? true }
    candidates = (found?.records ?? []).filter {
      parts.indices.contains($0.part) && isThere[$0.part]
    }
    isResumed = !candidates.isEmpty
    state = Mutex(State(finished: Array(repeating: [:], count: parts.count)))
    if !keepsWork { for name in names { TemporaryFiles.insert(name) } }
  }

  deinit { if !state.withLock({ $0.isOver }) { abandon() } }

  private var names: [String] { [file.path] + parts.map { WorkFile.name(for: $0.path) } }

  /// Whether an earlier run got as far as giving this part its name.
  private static func isPublished(_ part: Part) -> Bool {
    guard let output = FileIdentity(path: part.path), output.byteCount == part.byteCount else {
      return false
    }
    let work = FileIdentity(path: WorkFile.name(for: part.path))
    return work == nil || work?.place == output.place
  }

  private static func discard(_ journal: Journal, beside path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    for name in journal.identity.outputs where !name.contains("/") {
      WorkFile.remove(for: folder + name)
    }
  }
}

// MARK: - From start to end

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
      sources.append(try? FileSource(path: work?.sink.path ?? part.path))
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
      guard Checksum.of(bytes.bytes) == record.checksum else { return }
      state.withLock {
        $0.finished[record.part][record.chunk] = FinishedChunk(sums: record.sums)
      }
    }
    return state.withLock { state in
      state.finished.reduce(0) { $1.keys.reduce($0) { $0 &+ UInt64($1.byteCount) } }
    }
  }

  /// Where to write a part, and its ledger; nil for one that an earlier run has given its name.
  package func target(_ part: Int) -> (sink: FileSink, ledger: any ChunkLedger)? {
    works[part].map { ($0.sink, PartLedger(output: self, part: part)) }
  }

  /// Makes all parts durable, gives them their names, and removes the journal.
  package func commit() throws(ConversionError) {
    synchronization.wait()
    do throws(IOError) {
      if let failure = state.withLock({ $0.failure }) { throw failure }
      for work in works { try work?.synchronize() }
      try file.append(Journal.completion + [0x0A])
      try file.synchronize()
      for (part, work) in zip(parts, works) {
        // Of a file that has its name already, a killed run may have left the hidden one.
        guard let work else {
          WorkFile.remove(for: part.path)
          continue
        }
        try work.commit(replacing: replaces)
      }
    } catch { throw .io(error) }
    state.withLock { $0.isOver = true }
    for name in names { TemporaryFiles.forget(name) }
    file.remove()
  }

  /// Gives up: removes all, or keeps it for the next run where that was asked for.
  private func abandon() {
    guard !keepsWork else { return }
    for part in parts { WorkFile.remove(for: part.path) }
    file.remove()
    for name in names { TemporaryFiles.forget(name) }
  }

  fileprivate func finished(_ chunk: FileChunk, of part: Int) -> FinishedChunk? {
    state.withLock { $0.finished[part][chunk] }
  }

  fileprivate func finish(_ record: JournalRecord) throws(IOError) {
    // The checksum is what vouches for the data, so the line need not wait for the disk.
    try file.append(record.line)
    let isDue = state.withLock { state in
      state.unsynchronized &+= UInt64(record.chunk.byteCount)
      guard state.unsynchronized >= Self.batch, !state.isSynchronizing else { return false }
      state.unsynchronized = 0
      state.isSynchronizing = true
      return true
    }
    guard isDue else { return }
    DispatchQueue.global().async(group: synchronization) { [works, file, weak self] in
      var failure: IOError?
      do throws(IOError) {
        for work in works { try work?.synchronize() }
        try file.synchronize()
      } catch { failure = error }
      // The system tells of a failed write once, so it is kept for `commit`.
      self?.state.withLock { state in
        state.isSynchronizing = false
        state.failure = state.failure ?? failure
      }
    }
  }
}

/// The ledger of one part.
private struct PartLedger: ChunkLedger {
  let output: JournaledOutput
  let part: Int

  func finished(_ chunk: FileChunk) -> FinishedChunk? { output.finished(chunk, of: part) }

  func finish(_ chunk: FileChunk, _ bytes: RawSpan, sums: ErrorSums?) throws(IOError) {
    try output.finish(
      JournalRecord(part: part, chunk: chunk, checksum: Checksum.of(bytes), sums: sums))
  }
}
