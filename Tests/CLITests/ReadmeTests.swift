import Foundation
import TestSupport
import Testing

/// The jobs of README.md, done by copying from it.
///
/// `WEIGHBRIDGE_UPDATE_README=1` writes what the program says today into the file.
@Suite struct ReadmeTests {
  private static let path = SharedData.packageFolder + "/README.md"

  /// A block of commands and what they print.
  private struct Job {
    let commands: String
    let output: String
  }

  private static func jobs(_ text: String) -> [Job] {
    text.split(separator: "<!-- run -->\n```sh\n").dropFirst().compactMap { part in
      let pieces = part.split(separator: "```", maxSplits: 4, omittingEmptySubsequences: false)
      guard pieces.count >= 4, pieces[2].hasPrefix("text\n") else { return nil }
      return Job(commands: String(pieces[0]), output: String(pieces[2].dropFirst(5)))
    }
  }

  /// What differs from run to run: how long something took.
  private static func steady(_ text: String) -> String {
    text.replacing(#/in [0-9.]+ m?s( \([0-9.]+ [KMG]iB\/s written\))?/#, with: "in 0.1 s")
      .replacing(#/[ \t]+\n/#, with: "\n")
  }

  /// A folder with what the commands name, where `weighbridge` is the program.
  private static func place() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/Fixtures", withDestinationPath: SharedData.packageFolder + "/Fixtures"
    )
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.bin", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.bin/weighbridge", withDestinationPath: Program.path)
    return folder
  }

  @Test func theJobsDoWhatTheReadmeSays() throws {
    var text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let jobs = Self.jobs(text)
    #expect(jobs.count == 10)
    let folder = try Self.place()
    let environment = ProcessInfo.processInfo.environment
    let updates = !(environment["WEIGHBRIDGE_UPDATE_README"] ?? "").isEmpty
    let search = folder.path + "/.bin:" + (environment["PATH"] ?? "")
    for job in jobs {
      let run = try Program.run(
        ["-c", "set -e; exec 2>&1\n" + job.commands], in: folder.path,
        environment: ["PATH": search, "LC_ALL": "C.UTF-8"], program: "/bin/bash")
      #expect(run.status == 0, "\(job.commands)\(run.output)")
      let said = Self.steady(run.output)
      if updates {
        text = text.replacing(
          job.commands + "```\n```text\n" + job.output + "```",
          with: job.commands + "```\n```text\n" + said + "```")
      } else {
        expectSame(said, job.output, job.commands)
      }
    }
    if updates {
      try text.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
  }

  /// Words are the same; measured numbers may differ in their last digits, as processors and versions of
  /// libzstd do.
  private func expectSame(_ said: String, _ written: String, _ commands: String) {
    let words = { (text: String) in text.split(whereSeparator: \.isWhitespace).map(String.init) }
    let (own, expected) = (words(said), words(written))
    #expect(own.count == expected.count, "\(commands)\(said)")
    for (left, right) in zip(own, expected) where left != right {
      let digits = { (word: String) in Double(word.filter { $0.isNumber || $0 == "." }) }
      guard let a = digits(left), let b = digits(right), left.count == right.count else {
        Issue.record("\(commands)\(left), not \(right)")
        continue
      }
      #expect(abs(a - b) <= 0.02 * max(a, b), "\(commands)\(left), not \(right)")
    }
  }

  /// Every command that the README names exists.
  @Test func theCommandsExist() throws {
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let known = try Program.run(["manual", "--list"]).output.split(separator: "\n").map(String.init)
    for match in text.matches(of: #/`weighbridge ([a-z]+)/#) {
      #expect((known + ["help"]).contains(String(match.1)), "\(match.1)")
    }
  }
}
