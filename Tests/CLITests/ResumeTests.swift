import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// Runs that are killed, and the runs that go on from there.
@Suite struct ResumeTests {
  /// Small chunks and one worker, so that there is something to kill.
  private static func arguments(_ folder: ScratchFolder, _ more: [String] = []) -> [String] {
    [
      "quantize", checkpoint, "-o", folder.path + "/out.gguf", "--type", "Q3_K_M", "--threads", "1",
      "--memory", "1MB", "--json", "--quiet",
    ] + more
  }

  private static func digest(_ folder: ScratchFolder) throws -> String {
    SHA256.hash([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out.gguf"))))
      .hexadecimal
  }

  /// Starts the program, waits, and kills it; false where it was done before.
  private static func kill(_ arguments: [String], after seconds: Double) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    usleep(UInt32(seconds * 1e6))
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }

  /// SIGKILL at twenty random moments, then `--resume`: the same hash each time.
  @Test func twentyKillsEndInTheSameBytes() throws {
    let whole = try ScratchFolder()
    let start = ContinuousClock.now
    #expect(try Program.run(Self.arguments(whole)).status == 0)
    let elapsed = ContinuousClock.now - start
    let seconds = Double(elapsed.components.attoseconds) / 1e18 + Double(elapsed.components.seconds)
    let expected = try Self.digest(whole)
    var generator = SeededGenerator.announced("kills")
    var (killed, resumed) = (0, 0)
    for round in 0..<20 {
      let folder = try ScratchFolder()
      // Every other time the killed run was not told to be resumable: it is all the same.
      let arguments = Self.arguments(folder, round % 2 == 0 ? ["--resume"] : [])
      let moment = Double.random(in: 0...seconds * 0.9, using: &generator)
      if try Self.kill(arguments, after: moment) {
        killed += 1
        // Nothing, or the whole where the run was killed while it cleaned up.
        if folder.contents.contains("out.gguf") {
          #expect(try Self.digest(folder) == expected)
          // Killed on its way out: there is nothing left to resume.
          if folder.contents.count == 1 { continue }
        }
      } else {
        try FileManager.default.removeItem(atPath: folder.path + "/out.gguf")
      }
      let run = try Program.run(Self.arguments(folder, ["--resume"]))
      #expect(run.status == 0, "\(run.errors)")
      #expect(try Self.digest(folder) == expected, "killed after \(moment) s")
      #expect(folder.contents == ["out.gguf"])
      if try run.json()["resumedBytes"]?.integer ?? 0 > 0 { resumed += 1 }
    }
    #expect(killed >= 5 && resumed >= 1, "\(killed) killed, \(resumed) resumed")
  }

  @Test func anInterruptWithResumeKeepsTheWorkAndSaysHowToGoOn() throws {
    let folder = try ScratchFolder()
    try SparseCheckpoint.write(to: folder.path + "/model", layers: 8)
    let arguments = [
      "quantize", folder.path + "/model", "-o", folder.path + "/out.gguf", "--type", "Q4_K_M",
      "--resume", "--quiet",
    ]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    for _ in 0..<500 where folder.contents.count < 3 { usleep(10_000) }
    usleep(100_000)
    process.interrupt()
    let said = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130 && said.contains("--resume"), "\(said)")
    #expect(
      folder.contents == [".out.gguf.weighbridge-journal", ".out.gguf.weighbridge-work", "model"])
    // Another plan is refused with what differs; the same one goes on.
    let other = try Program.run(
      arguments.map { $0 == "Q4_K_M" ? "Q4_0" : $0 })
    #expect(other.status == 2 && other.errors.contains("'Q4_K_M', and now it is 'Q4_0'"))
    let run = try Program.run(arguments + ["--json"])
    #expect(run.status == 0 && folder.contents == ["model", "out.gguf"])
    #expect(try run.json()["resumedBytes"]?.integer ?? 0 > 0)
  }

  @Test func conversionIsResumedToo() throws {
    let folder = try ScratchFolder()
    let output = folder.path + "/out.gguf"
    let arguments = ["convert", checkpoint, "-o", output, "--type", "F16", "--threads", "1"]
    _ = try Self.kill(arguments + ["--memory", "1MB"], after: 0.03)
    try? FileManager.default.removeItem(atPath: output)
    #expect(try Program.run(arguments + ["--memory", "1MB", "--resume"]).status == 0)
    let whole = try ScratchFolder()
    #expect(
      try Program.run(["convert", checkpoint, "-o", whole.path + "/out.gguf", "--type", "F16"])
        .status == 0)
    #expect(try Self.digest(folder) == Self.digest(whole))
    #expect(folder.contents == ["out.gguf"])
  }

  @Test func aSplitOutputAppearsAsAWhole() throws {
    let folder = try ScratchFolder()
    let arguments = Self.arguments(folder, ["--split-size", "500KB", "--resume"])
    _ = try Self.kill(arguments, after: 0.05)
    let run = try Program.run(arguments)
    #expect(run.status == 0)
    #expect(folder.contents.count >= 3 && folder.contents.allSatisfy { !$0.hasPrefix(".") })
    let whole = try ScratchFolder()
    #expect(try Program.run(Self.arguments(whole, ["--split-size", "500KB"])).status == 0)
    #expect(whole.contents == folder.contents)
    for name in whole.contents {
      #expect(
        FileManager.default.contentsEqual(
          atPath: whole.path + "/" + name, andPath: folder.path + "/" + name))
    }
  }

  @Test func theInputIsNeverWrittenTo() throws {
    let folder = try ScratchFolder()
    let input = folder.path + "/in.gguf"
    #expect(try Program.run(["convert", checkpoint, "-o", input, "--type", "F16"]).status == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: input))
    let (hard, symbolic) = (folder.path + "/hard.gguf", folder.path + "/symbolic.gguf")
    try FileManager.default.linkItem(atPath: input, toPath: hard)
    try FileManager.default.createSymbolicLink(atPath: symbolic, withDestinationPath: input)
    for output in [input, hard, symbolic, folder.path + "/./in.gguf"] {
      let run = try Program.run(["quantize", input, "-o", output, "--type", "Q8_0", "--force"])
      #expect(run.status == 2 && run.errors.contains("never overwritten"), "\(run.errors)")
    }
    let report = try Program.run([
      "quantize", input, "-o", folder.path + "/out.gguf", "--type", "Q8_0", "--force", "--report",
      hard.replacing("hard.gguf", with: "in.gguf.json"),
    ])
    #expect(report.status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == before)
    #expect(
      folder.contents == ["hard.gguf", "in.gguf", "in.gguf.json", "out.gguf", "symbolic.gguf"])
  }
}
