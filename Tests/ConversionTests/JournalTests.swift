import Foundation
import Synchronization
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Work that is taken up where another run left it.
@Suite struct JournalTests {
  private struct Job {
    let plan: ConversionPlan
    let layout: FileLayout
    let source: Model
    let options: ConversionOptions

    init(_ recipe: Recipe = .q4_K_M) throws {
      options = ConversionOptions(recipe: recipe)
      source = try Golden.half()
      plan = try Converter.plan(source, options)
      layout = try GGUF.layOut(plan.model)
    }

    var identity: PlanIdentity {
      PlanIdentity(
        plan, of: source, from: [], options, parts: [("out.gguf", layout)], version: "test")
    }

    /// The bytes without any journal.
    func expected() throws -> [UInt8] {
      let sink = MemorySink(byteCount: layout.byteCount)
      try StreamingExecutor(workers: 2).write(plan.model, as: layout, to: sink)
      return sink.bytes
    }

    func open(_ folder: TemporaryFolder, resumes: Bool = true) throws -> JournaledOutput {
      let path = folder.path + "/out.gguf"
      return try JournaledOutput(
        path: path, parts: [.init(path: path, byteCount: layout.byteCount)], identity: identity,
        resumes: resumes, replaces: false)
    }

    /// Writes what is not there; stops with an error after `limit` chunks.
    func write(_ output: JournaledOutput, limit: Int = .max) throws -> Int {
      let target = try #require(output.target(0))
      let sink = LimitedSink(target.sink, limit: limit)
      try StreamingExecutor(workers: 1, chunkBytes: 1 << 16).write(
        plan.model, as: layout, to: sink, ledger: target.ledger)
      return sink.count
    }
  }

  private static let work = ".out.gguf.weighbridge-work"
  private static let journal = ".out.gguf.weighbridge-journal"

  /// An interrupted run: its files, and how many chunks it wrote.
  private static func interrupted(_ job: Job, after limit: Int) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let output = try job.open(folder)
    #expect(throws: ConversionError.self) { try job.write(output, limit: limit) }
    return folder
  }

  @Test func whatIsThereIsNotWrittenAgain() throws {
    let job = try Job()
    let folder = try Self.interrupted(job, after: 100)
    #expect(folder.names == [Self.journal, Self.work])
    let output = try job.open(folder)
    #expect(output.isResumed)
    // The header is no chunk; it is written by both.
    let verified = try output.verify(workers: 2)
    #expect(verified > 0)
    let rest = try job.write(output)
    try output.commit()
    #expect(folder.names == ["out.gguf"])
    #expect(try TestFiles.bytes(folder.path + "/out.gguf") == job.expected())
    let whole = try TemporaryFolder()
    let all = try job.write(try job.open(whole))
    #expect(all - rest == 99)
  }

  @Test(arguments: [1, 17, 60]) func aDamagedChunkIsDoneAgain(_ step: Int) throws {
    let job = try Job()
    let folder = try Self.interrupted(job, after: 90)
    var bytes = try TestFiles.bytes(folder.path + "/" + Self.work)
    let start = job.layout.header.count
    for place in stride(from: start + step, to: bytes.count, by: 400_000) { bytes[place] ^= 0x10 }
    let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/" + Self.work))
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
    let output = try job.open(folder)
    _ = try output.verify(workers: 2)
    _ = try job.write(output)
    try output.commit()
    #expect(try TestFiles.bytes(folder.path + "/out.gguf") == job.expected())
  }

  /// Cut anywhere, and filled with anything behind the cut, the journal leads to the same bytes.
  @Test func aTornJournalIsReadUpToTheTear() throws {
    let job = try Job()
    let folder = try Self.interrupted(job, after: 60)
    let whole = try TestFiles.bytes(folder.path + "/" + Self.journal)
    let work = try TestFiles.bytes(folder.path + "/" + Self.work)
    var generator = SeededGenerator.announced("torn journals")
    for _ in 0..<8 {
      let cut = Int.random(in: 0..<whole.count, using: &generator)
      let tail = [UInt8](repeating: 0, count: Int.random(in: 0...600, using: &generator))
      let copy = try TemporaryFolder()
      try copy.write(work, to: Self.work)
      try copy.write(Array(whole[..<cut]) + tail, to: Self.journal)
      let output = try job.open(copy)
      _ = try output.verify(workers: 2)
      _ = try job.write(output)
      try output.commit()
      #expect(try TestFiles.bytes(copy.path + "/out.gguf") == job.expected(), "cut at \(cut)")
    }
  }

  @Test func anotherPlanIsRefused() throws {
    let folder = try Self.interrupted(try Job(.q4_K_M), after: 20)
    let error = #expect(throws: ConversionError.self) { try Job(.q5_K_M).open(folder) }
    #expect(error?.description.contains("recipe was 'Q4_K_M', and now it is 'Q5_K_M'") == true)
    #expect(error?.hint?.contains("--resume") == true)
    #expect(folder.names == [Self.journal, Self.work])
  }

  @Test func aRunThatDoesNotResumeStartsAnewAndCleansUp() throws {
    let job = try Job()
    let folder = try Self.interrupted(try Job(.q5_K_M), after: 20)
    let output = try job.open(folder, resumes: false)
    #expect(!output.isResumed)
    _ = try job.write(output)
    try output.commit()
    #expect(folder.names == ["out.gguf"])
    #expect(try TestFiles.bytes(folder.path + "/out.gguf") == job.expected())
    // And one that fails leaves nothing.
    let other = try TemporaryFolder()
    do {
      let output = try job.open(other, resumes: false)
      #expect(throws: ConversionError.self) { try job.write(output, limit: 5) }
    }
    #expect(other.names.isEmpty)
  }

  @Test func oneRunAtATime() throws {
    let job = try Job()
    let folder = try TemporaryFolder()
    let output = try job.open(folder)
    for resumes in [true, false] {
      let error = #expect(throws: ConversionError.self) { try job.open(folder, resumes: resumes) }
      #expect(error?.description.contains("another run") == true)
    }
    _ = try job.write(output)
    try output.commit()
    #expect(folder.names == ["out.gguf"])
  }

  /// Killed after the output got its name: the hidden name, if it is still there, is not written to.
  @Test func aRunKilledWhileItPublishedIsOver() throws {
    let job = try Job()
    for hasBoth in [true, false] {
      let folder = try TemporaryFolder()
      let output = try job.open(folder)
      _ = try job.write(output)
      let journal = try TestFiles.bytes(folder.path + "/" + Self.journal)
      try output.commit()
      try folder.write(journal + Array("complete\n".utf8), to: Self.journal)
      if hasBoth {
        try FileManager.default.linkItem(
          atPath: folder.path + "/out.gguf", toPath: folder.path + "/" + Self.work)
      }
      let again = try job.open(folder)
      #expect(again.target(0) == nil)
      try again.commit()
      #expect(folder.names == ["out.gguf"])
      #expect(try TestFiles.bytes(folder.path + "/out.gguf") == job.expected())
    }
  }

  @Test func recordsAreReadBack() throws {
    var sums = ErrorSums()
    sums.count = 12
    sums.squaredError = 0.1
    sums.largestError = 1e-300
    for sums in [nil, sums] {
      let record = JournalRecord(
        part: 3, chunk: .init(offset: 1 << 40, byteCount: 77), checksum: 5, sums: sums)
      let line = record.line.dropLast()
      #expect(JournalRecord(line) == record)
      for index in line.indices {
        var damaged = Array(line)
        damaged[index] ^= 1
        #expect(JournalRecord(damaged[...]) == nil)
        #expect(JournalRecord(line[..<index]) == nil)
      }
    }
  }
}

/// A sink that fails after so many writes.
private final class LimitedSink: PositionalSink {
  private let base: FileSink
  private let limit: Int
  private let written = Mutex(0)

  init(_ base: FileSink, limit: Int) {
    self.base = base
    self.limit = limit
  }

  var count: Int { written.withLock { $0 } }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
    let isFull = written.withLock { count in
      count += 1
      return count > limit
    }
    guard !isFull else { throw IOError(.write, path: base.path, reason: "the test says so") }
    try base.write(bytes, at: offset)
  }
}
