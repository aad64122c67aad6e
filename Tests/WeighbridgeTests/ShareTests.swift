import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import Weighbridge
@testable import WeighbridgeConversion

/// Outputs that several processes write: Specs/parts.md.
@Suite struct ShareTests {
  private let folder: TemporaryFolder
  private let model: OpenedModel
  private let request = ConversionRequest(type: "Q8_0", style: .quantizer)

  init() throws {
    folder = try TemporaryFolder()
    model = try OpenedModel(Location(SharedData.fixture("models/jargon-llama")))
  }

  private func path(_ name: String) -> String { folder.path + "/" + name }

  /// One plan, with chunks of 64 KiB.
  private func planned(
    _ output: String, _ request: ConversionRequest? = nil
  ) throws -> Conversion {
    let resources = Resources(threads: 2, memory: 1 << 20)
    return try model.planned(request ?? self.request, to: path(output), using: resources)
  }

  private func write(
    _ index: Int, of count: Int, _ output: String, _ request: ConversionRequest? = nil
  ) throws {
    var share = try planned(output, request)
    let command = ShareCommand(arguments: ["quantize", "a model"], folder: "/")
    share.writer.share = (try #require(WorkShare(index: index, count: count)), command)
    _ = try share.written()
  }

  /// What `join` does before and with the whole run.
  private func join(_ output: String) throws {
    let journals = try ShareJournals(of: path(output) + ".part-1-of-2")
    _ = try journals.command()
    try journals.merge()
    var whole = try planned(output)
    whole.writer.resumes = true
    _ = try whole.written()
    try journals.remove()
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func sharesAreTheBytesOfOneProcess(_ count: Int) throws {
    _ = try planned("one.gguf").written()
    // In any order.
    for index in (0..<count).reversed() { try write(index, of: count, "q.gguf") }
    #expect(!FileManager.default.fileExists(atPath: path("q.gguf")))
    try join("q.gguf")
    #expect(try bytes("q.gguf") == bytes("one.gguf"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
  }

  @Test func sharesAreAboutAsLong() throws {
    let plan = try planned("q.gguf")
    let part = plan.parts[0]
    let jobs = StreamingExecutor.jobs(of: part.model, chunkBytes: 65_536)
    var (covered, longest) = (0, 0)
    for index in 0..<4 {
      let share = try #require(WorkShare(index: index, count: 4))
      let range = share.range(of: jobs, part.model, part.layout.payloadOffsets)
      #expect(range.lowerBound >= covered)
      covered = range.upperBound
      longest = max(longest, range.count)
    }
    #expect(covered == jobs.count && longest < jobs.count / 2)
  }

  @Test func whatIsMissingForeignOrDamagedIsNamed() throws {
    try write(0, of: 2, "q.gguf")
    let missing = #expect(throws: ConversionError.self) {
      try ShareJournals(of: path("q.gguf")).command()
    }
    guard case .model(let reason) = missing else {
      Issue.record("\(String(describing: missing))")
      return
    }
    #expect(reason.hint?.contains("--part 2/2") == true)
    var other = request
    other.clamps = true
    try write(1, of: 2, "q.gguf", other)
    let foreign = #expect(throws: ConversionError.self) {
      try ShareJournals(of: path("q.gguf")).command()
    }
    #expect("\(try #require(foreign))".contains("clamp"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let work = try #require(names.first { $0.hasSuffix("-work") })
    // A byte of the first share's.
    let handle = try #require(FileHandle(forUpdatingAtPath: path(work)))
    try handle.seek(toOffset: 600_000)
    let old = try #require(try handle.read(upToCount: 1))
    try handle.seek(toOffset: 600_000)
    try handle.write(contentsOf: Data([~old[0]]))
    try handle.close()
    _ = try planned("one.gguf").written()
    try write(1, of: 2, "q.gguf")
    try join("q.gguf")
    #expect(try bytes("q.gguf") == bytes("one.gguf"))
  }
}
