import Foundation
import TestSupport
import Testing

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// What every command does with its outputs: inputs and nodes are never replaced.
@Suite struct OutputTests {
  /// A model, a text, a matrix and a checkpoint to be in danger.
  private struct Inputs {
    let folder: ScratchFolder
    let before: [String: Data]

    init() throws {
      folder = try ScratchFolder()
      let path = folder.path
      try FileManager.default.copyItem(atPath: checkpoint, toPath: path + "/hf")
      try Data(String(repeating: "All work and no play. ", count: 400).utf8)
        .write(to: URL(fileURLWithPath: path + "/t.txt"))
      for arguments in [
        ["convert", "hf", "-o", "m.gguf", "--type", "F16"],
        ["quantize", "m.gguf", "-o", "q.gguf", "--type", "Q8_0"],
        ["imatrix", "m.gguf", "--text", "t.txt", "-c", "64", "--chunks", "1", "-o", "im.gguf"],
        ["split", "m.gguf", "-o", "s", "--tensors", "20"],
      ] {
        let run = try Program.run(arguments + ["--quiet"], in: path)
        #expect(run.status == 0, "\(run.errors)")
      }
      before = try Self.contents(path)
    }

    static func contents(_ path: String) throws -> [String: Data] {
      var found: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
        var isFolder: ObjCBool = false
        let full = path + "/" + name
        if unsafe FileManager.default.fileExists(atPath: full, isDirectory: &isFolder),
          !isFolder.boolValue
        {
          found[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
        }
      }
      return found
    }
  }

  private static let measure = ["--text", "t.txt", "-c", "64", "--chunks", "1"]

  @Test func inputsAreNeverReplaced() throws {
    let inputs = try Inputs()
    let first = try #require(inputs.before.keys.sorted().first { $0.hasPrefix("s-00001") })
    let path = inputs.folder.path
    try FileManager.default.linkItem(atPath: path + "/m.gguf", toPath: path + "/hard.gguf")
    try FileManager.default.createSymbolicLink(
      atPath: path + "/soft.gguf", withDestinationPath: "m.gguf")
    let compare = ["compare", "m.gguf", "q.gguf"] + Self.measure
    let attempts: [[String]] = [
      ["pack", "m.gguf", "-o", "m.gguf"], ["pack", "m.gguf", "-o", "hard.gguf"],
      ["pack", "m.gguf", "-o", "soft.gguf"], ["pack", "hf", "-o", "hf/config.json"],
      ["logits", "m.gguf", "--tokens", "1,2", "-o", "./m.gguf"],
      ["imatrix", "m.gguf", "-o", "t.txt"] + Self.measure,
      ["imatrix", "--merge", "im.gguf", "-o", "im.gguf"],
      ["inspect", "m.gguf", "--html", "m.gguf"],
      compare + ["--html", "q.gguf"], compare + ["--markdown", "t.txt"],
      compare + ["--save-baseline", "m.gguf"],
      ["convert", "hf", "-o", "hf/"], ["convert", "hf", "-o", "hf/tokenizer.model"],
      ["convert", "hf", "-o", "hf/tokenizer_config.json"],
      ["split", first, "-o", "s", "--tensors", "20"], ["merge", first, "-o", first],
      ["quantize", "m.gguf", "-o", "im.gguf", "--type", "Q4_0", "--importance", "im.gguf"],
      ["quantize", "m.gguf", "-o", "x.gguf", "--type", "Q4_0", "--report", "q.gguf"],
    ]
    for arguments in attempts {
      let run = try Program.run(arguments + ["--force", "--quiet"], in: path)
      #expect(run.status == 2, "\(arguments): \(run.errors)")
    }
    try FileManager.default.removeItem(atPath: path + "/hard.gguf")
    try FileManager.default.removeItem(atPath: path + "/soft.gguf")
    #expect(try Inputs.contents(path) == inputs.before)
  }

  @Test func nodesAreNeverReplaced() throws {
    let inputs = try Inputs()
    let path = inputs.folder.path
    let commands: [[String]] = [
      ["quantize", "m.gguf", "--type", "Q8_0", "-o"], ["convert", "hf", "-o"],
      ["imatrix", "m.gguf"] + Self.measure + ["-o"], ["merge", "m.gguf", "-o"],
      ["pack", "m.gguf", "-o"], ["logits", "m.gguf", "--tokens", "1", "-o"],
      ["compare", "m.gguf", "q.gguf"] + Self.measure + ["--save-baseline"],
    ]
    #expect(unsafe mkfifo(path + "/fifo", 0o600) == 0)
    var nodes = ["fifo"]
    if unsafe mknod(path + "/null", S_IFCHR | 0o666, dev_t(1 << 8 | 3)) == 0 {
      nodes.append("null")
    }
    for command in commands {
      for node in nodes {
        let run = try Program.run(command + [node, "--force", "--quiet"], in: path)
        #expect(run.status == 2 && run.errors.contains("[not-a-file]"), "\(command): \(run.errors)")
      }
    }
    // A report is text, and goes into them.
    for node in nodes {
      let reader = Process()
      reader.executableURL = URL(fileURLWithPath: "/bin/cat")
      reader.arguments = [path + "/" + node]
      let pipe = Pipe()
      reader.standardOutput = pipe
      try reader.run()
      let run = try Program.run(["inspect", "m.gguf", "--html", node, "--quiet"], in: path)
      #expect(run.status == 0, "\(run.errors)")
      let read = pipe.fileHandleForReading.readDataToEndOfFile()
      reader.waitUntilExit()
      if node == "fifo" { #expect(read.starts(with: Data("<!doctype html>".utf8))) }
    }
    func kind(_ node: String) -> mode_t {
      var status = stat()
      guard unsafe lstat(path + "/" + node, &status) == 0 else { return 0 }
      return status.st_mode & S_IFMT
    }
    #expect(kind("fifo") == S_IFIFO)
    if nodes.count == 2 { #expect(kind("null") == S_IFCHR) }
    // And a FIFO is no model: that is said at once, not after somebody wrote into it.
    let model = try Program.run(["inspect", "fifo"], in: path)
    #expect(model.status == 4 && model.errors.contains("a FIFO"))
  }

  @Test func whereNothingCanBeWrittenIsSaidBeforeTheWork() throws {
    let inputs = try Inputs()
    let path = inputs.folder.path
    try FileManager.default.createDirectory(
      atPath: path + "/dir", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: path + "/dangling", withDestinationPath: "nowhere")
    for (output, word) in [
      ("dir", "a folder"), ("-", "standard output"),
      ("no/out.gguf", "the folder no does not exist"),
      ("dangling", "nowhere"), ("t.txt/x", "not a folder"),
    ] {
      let run = try Program.run(
        ["quantize", "m.gguf", "-o", output, "--type", "Q8_0", "--force", "--quiet"], in: path)
      #expect([2, 4].contains(run.status) && run.errors.contains(word), "\(output): \(run.errors)")
    }
    #expect(try Inputs.contents(path).keys.sorted() == inputs.before.keys.sorted())
  }

  @Test func aChangedInputIsFound() throws {
    let folder = try ScratchFolder()
    try SparseCheckpoint.write(to: folder.path + "/model", layers: 8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = [
      "quantize", folder.path + "/model", "-o", folder.path + "/out.gguf", "--type", "Q4_K_M",
      "--quiet",
    ]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    for _ in 0..<500 where folder.contents.count < 3 { usleep(10_000) }
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: folder.path + "/model")
        .first { $0.hasSuffix(".safetensors") })
    try FileManager.default.setAttributes(
      [.modificationDate: Date()], ofItemAtPath: folder.path + "/model/" + name)
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 4 && said.contains("[input-changed]"), "\(said)")
    #expect(folder.contents == ["model"])
  }

  /// The same command after a kill, without `--resume`: it says what is there and goes on with it.
  @Test func theSameCommandTakesUpWhatAKilledRunLeft() throws {
    let folder = try ScratchFolder()
    try SparseCheckpoint.write(to: folder.path + "/model", layers: 8)
    let arguments = [
      "quantize", folder.path + "/model", "-o", folder.path + "/out.gguf", "--type", "Q4_K_M",
      "--threads", "1",
    ]
    func kill() throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = arguments + ["--quiet"]
      try process.run()
      let journal = folder.path + "/.out.gguf.weighbridge-journal"
      for _ in 0..<1000 {
        let size = (try? Data(contentsOf: URL(fileURLWithPath: journal)).count) ?? 0
        if size > 3000 { break }
        usleep(5_000)
      }
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try kill()
    let run = try Program.run(arguments)
    #expect(run.status == 0 && run.errors.contains("resuming an interrupted run"), "\(run.errors)")
    #expect(folder.contents == ["model", "out.gguf"])
    // Another plan begins anew, and says what it throws away.
    try FileManager.default.removeItem(atPath: folder.path + "/out.gguf")
    try kill()
    let other = try Program.run(arguments.map { $0 == "Q4_K_M" ? "Q4_0" : $0 })
    #expect(other.status == 0 && other.errors.contains("was removed"), "\(other.errors)")
    #expect(folder.contents == ["model", "out.gguf"])
  }
}
