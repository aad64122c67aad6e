import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let book = SharedData.fixture("text/test.txt")

/// Options of `imatrix`, through the program.
@Suite struct ImatrixTests {
  private static func run(
    _ folder: ScratchFolder, _ name: String, _ options: [String], text: String = book
  ) throws -> String {
    let path = folder.path + "/" + name
    let run = try Program.run(
      ["imatrix", checkpoint, "--text", text, "-o", path, "--context", "64", "--quiet"] + options)
    #expect(run.status == 0, "\(options): \(run.errors)")
    return path
  }

  @Test func whatIsWrittenOnTheWayIsARunOfSoManyWindows() throws {
    let folder = try ScratchFolder()
    for format in ["gguf", "dat"] {
      let options = ["--output-format", format]
      let whole = try Self.run(
        folder, "whole." + format, options + ["--windows", "5", "--save-frequency", "2"])
      for count in [2, 4] {
        let part = try Self.run(
          folder, "\(count)." + format, options + ["--windows", "\(count)"])
        #expect(try TestFiles.bytes("\(whole).at_\(count)") == TestFiles.bytes(part))
      }
      let names = TestFiles.names(in: folder.path).filter { $0.hasPrefix("whole.\(format)") }
      #expect(names.sorted() == ["", ".at_2", ".at_4"].map { "whole.\(format)" + $0 })
      let again = try Program.run(
        [
          "imatrix", checkpoint, "--text", book, "-o", folder.path + "/whole2." + format,
          "--context", "64", "--windows", "5", "--quiet",
        ] + options)
      #expect(again.status == 0)
      #expect(
        try TestFiles.bytes(folder.path + "/whole2." + format) == TestFiles.bytes(whole))
    }
  }

  /// The windows before and those from a number on are, put together, all of them.
  @Test func windowsAreLeftOutFromTheBeginning() throws {
    let folder = try ScratchFolder()
    let first = try Self.run(folder, "first.gguf", ["--windows", "3"])
    let rest = try Self.run(folder, "rest.gguf", ["--windows", "2", "--from-chunk", "3"])
    let whole = try Self.run(folder, "whole.gguf", ["--windows", "5"])
    let merged = folder.path + "/merged.gguf"
    let merge = try Program.run([
      "imatrix", "--merge", first, "--merge", rest, "-o", merged, "--quiet",
    ])
    #expect(merge.status == 0, "\(merge.errors)")
    func shown(_ path: String) throws -> JSONValue {
      try Program.run(["imatrix", "--show", path, "--json"]).json()
    }
    let (one, other) = (try shown(merged), try shown(whole))
    #expect(one["windows"]?.integer == 5 && other["windows"]?.integer == 5)
    for (left, right) in zip(one["tensors"]?.array ?? [], other["tensors"]?.array ?? []) {
      #expect(left["counts"] == right["counts"])
      let sums = (left["total"]?.double ?? 0, right["total"]?.double ?? 1)
      #expect(abs(sums.0 - sums.1) <= 1e-6 * sums.1)
    }
    let beyond = try Program.run([
      "imatrix", checkpoint, "--text", book, "-o", folder.path + "/x.gguf", "--from-chunk", "9999",
    ])
    #expect(beyond.status == 2 && beyond.errors.contains("9999 are to be left out"))
  }

  /// 640 names of one token and the token that begins a text are ten windows of 64.
  @Test func namesOfSpecialTokensAreTakenForTokensOnRequest() throws {
    let folder = try ScratchFolder()
    let text = folder.path + "/special.txt"
    try String(repeating: "<s>", count: 640).write(toFile: text, atomically: true, encoding: .utf8)
    func windows(_ options: [String]) throws -> Int? {
      let path = try Self.run(folder, "o\(options.count).gguf", options, text: text)
      return try Program.run(["imatrix", "--show", path, "--json"]).json()["windows"]?.integer
    }
    #expect(try windows(["--parse-special"]) == 10)
    #expect(try windows([]) ?? 0 > 20)
  }
}
