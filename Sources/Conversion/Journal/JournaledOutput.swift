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

  struct State {
    var finished: [[FileChunk: FinishedChunk]]
    var damaged: [JournalRecord] = []
    var unsynchronized: UInt64 = 0
    var isSynchronizing = false
    var failure: IOError?
    var isOver = false
  }

  /// How a run begins.
  package enum Beginning: Hashable, Sendable {
    /// With nothing.
    case anew
    /// With the work of an interrupted run.
    case takenUp
    /// With nothing, after the work of an interrupted run was removed: so many bytes of it.
    case discarded(UInt64)
  }

  /// The files.
  package let parts: [Part]
  /// How this run begins.
  package let beginning: Beginning
  /// Whether the work of an earlier run was found.
  package var isResumed: Bool { beginning == .takenUp }
  let file: LockedFile
  let works: [WorkFile?]
  let candidates: [JournalRecord]
  /// Whether the work is kept where this run does not reach `commit`.
  package let keepsWork: Bool
  let state: Mutex<State>
  private let synchronization = DispatchGroup()

  /// Takes up what an interrupted run of the same plan left, or starts anew.
  ///
  /// Throws where an output exists and `replaces` does not allow to replace it, where the disk has no
  /// room, and where another process is writing the output. With `resumes` the work is kept where this
  /// run does not reach `commit`, and that of another plan is refused; without, that is removed, and
  /// `replaces` begins anew as well.
  package init(
    path: String, parts: [Part], identity: PlanIdentity, resumes: Bool, replaces: Bool
  ) throws(ConversionError) {
    self.parts = parts
    do throws(IOError) {
      let base = OutputPlace.target(of: path)
      let journalName = LockedFile.journal(for: base)
      // Before any journal is touched: an output that is there is not to be replaced.
      if PathKind(of: journalName) == nil {
        for part in parts { _ = try OutputPlace(part.path, replacing: replaces) }
      }
      file = try LockedFile(for: base, isTemporary: !resumes)
    } catch { throw .io(error) }
    let start: Start
    do throws(ConversionError) {
      start = try Self.begin(
        file, path: path, parts, identity, resumes: resumes, replaces: replaces)
    } catch {
      if !file.isFound { file.remove() }
      throw error
    }
    (works, candidates, beginning) = (start.works, start.candidates, start.beginning)
    keepsWork = resumes || beginning == .takenUp
    if keepsWork { TemporaryFiles.forget(file.path) }
    state = Mutex(State(finished: Array(repeating: [:], count: parts.count)))
  }

  /// Takes part in an output that several processes write at once (Specs/parts.md): the hidden work files
  /// are everybody's, the journal is this share's.
  ///
  /// A share that was killed goes on where it was.
  package init(
    path: String, parts: [Part], identity: PlanIdentity, share: WorkShare, command: ShareCommand,
    replaces: Bool
  ) throws(ConversionError) {
    self.parts = parts
    keepsWork = true
    do throws(IOError) {
      let base = OutputPlace.target(of: path)
      guard PathKind(of: LockedFile.journal(for: base)) == nil else {
        throw IOError(
          .create, path: path, reason: "a run of one process has left its work here",
          hint: "go on with that one by --resume, or begin it anew with --force, first")
      }
      var works: [WorkFile?] = []
      for part in parts {
        let place = try OutputPlace(part.path, replacing: replaces)
        works.append(try WorkFile(shared: place, byteCount: part.byteCount))
      }
      self.works = works
      file = try LockedFile(for: path, at: share.journal(of: base), isTemporary: false)
      let found = try Journal(file)
      let isOwn = found.map { $0.identity.without(ShareCommand.labels) == identity } ?? false
      candidates = isOwn ? found?.records ?? [] : []
      beginning = candidates.isEmpty ? .anew : .takenUp
      // Not complete any more, until what is there is verified.
      let head = Journal.head(command.kept(with: identity))
      try file.truncate(to: 0)
      try file.append(head + candidates.flatMap(\.line))
    } catch { throw .io(error) }
    state = Mutex(State(finished: Array(repeating: [:], count: parts.count)))
  }

  /// Whether an earlier run has left something of an output.
  package static func isBegun(_ path: String) -> Bool {
    PathKind(of: LockedFile.journal(for: OutputPlace.target(of: path))) != nil
  }

  deinit { if !state.withLock({ $0.isOver }) { abandon() } }

  /// Where the parts are, links followed.
  private var paths: [String] { parts.map { OutputPlace.target(of: $0.path) } }

  private var names: [String] { [file.path] + paths.map { WorkFile.name(for: $0) } }
}

// MARK: - From start to end

extension JournaledOutput {
  /// Where to write a part, and its ledger; nil for one that an earlier run has given its name.
  package func target(_ part: Int) -> (sink: FileSink, ledger: any ChunkLedger)? {
    works[part].map { ($0.sink, PartLedger(output: self, part: part)) }
  }

  /// Makes all parts durable, gives them their names, and removes the journal.
  package func commit() throws(ConversionError) {
    do throws(IOError) {
      // What is published together must be findable together: the next run does the rest.
      try complete()
      try WorkFile.commit(works.compactMap { $0 })
      // Of a file that has its name already, a killed run may have left the hidden one.
      for path in paths { WorkFile.remove(for: path) }
    } catch { throw .io(error) }
    state.withLock { $0.isOver = true }
    for name in names { TemporaryFiles.forget(name) }
    file.remove()
  }

  /// Makes a share durable and says so in its journal; `join` gives the output its name.
  package func finishShare() throws(ConversionError) {
    do throws(IOError) { try complete() } catch { throw .io(error) }
    state.withLock { $0.isOver = true }
  }

  /// Waits until all is on the disk, and says so in the journal.
  private func complete() throws(IOError) {
    synchronization.wait()
    if let failure = state.withLock({ $0.failure }) { throw failure }
    for work in works { try work?.synchronize() }
    try InputLedger.checkUnchanged()
    try file.append(Journal.completion + [0x0A])
    try file.synchronize()
  }

  /// Gives up: removes all, or keeps it for the next run where that was asked for.
  private func abandon() {
    guard !keepsWork else { return }
    for path in paths { WorkFile.remove(for: path) }
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
