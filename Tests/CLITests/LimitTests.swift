import Foundation
import TestSupport
import Testing

/// The promise to those who open files of strangers: no command takes more memory than the file and
/// 300 MB, or more time than 2 s of CPU for each 10 MB, and none is killed by a signal.
@Suite struct LimitTests {
  /// Address space that the program maps before it reads a byte: the Swift runtime, Foundation and
  /// libraries, of which little is resident.
  private static let base = 400 << 20
  private static let allowance = 300 << 20

  /// Every file with a fault, and the hostile ones, which may be in order.
  private static let files: [String] = {
    var files: [String] = []
    let folders = ["malformed/gguf", "malformed/safetensors", "malformed/ggml", "malformed/bundle"]
    for folder in folders + ["hostile", "torch/malformed", "regressions"] {
      let path = SharedData.fixture(folder)
      let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
      let kept = names.filter { name in
        !name.hasSuffix(".error") && !name.hasSuffix(".py") && !name.hasSuffix(".md")
      }
      files += kept.sorted().map { path + "/" + $0 }
    }
    return files.filter { path in
      var isFolder: ObjCBool = false
      return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }()

  /// What is done with each; `OUT` is a place for an output.
  private static let commands = [
    ["inspect", "FILE", "--stats", "--json"], ["inspect", "FILE", "--tokenizer"],
    ["hash", "FILE"], ["convert", "FILE", "-o", "OUT.gguf"],
    ["quantize", "FILE", "-o", "OUT.gguf", "--type", "Q4_0", "--allow-requantize"],
    ["logits", "FILE", "--tokens", "1,2", "-o", "OUT.npy"], ["tokenize", "FILE", "a"],
    ["verify", "FILE"], ["unpack", "FILE", "-o", "OUT"], ["pack", "FILE", "-o", "OUT.oci.tar"],
    ["imatrix", "--show", "FILE"], ["split", "FILE", "-o", "OUT", "--tensors", "1"],
  ]

  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// Runs a command under limits of the shell; status and errors.
  private func run(_ arguments: [String], bytes: Int) throws -> (status: Int32, errors: String) {
    let kilobytes = (Self.base + Self.allowance + bytes) >> 10
    // Debug builds are some thirty times as slow, and starting takes its share.
    let seconds = 10 + bytes / (5 << 20)
    let line = ([Program.path] + arguments).map(Self.quoted).joined(separator: " ")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "ulimit -v \(kilobytes); ulimit -t \(seconds); exec \(line)"]
    // A trap is told by its signal; a backtrace would take longer than all the rest.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SWIFT_BACKTRACE": "enable=no"
    ]) { $1 }
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status =
      process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return (status, String(decoding: said, as: UTF8.self))
  }

  @Test(arguments: commands.indices)
  func everyCommandKeepsWithinItsLimits(_ index: Int) throws {
    #expect(Self.files.count > 100)
    for file in Self.files {
      let scratch = try ScratchFolder()
      let bytes = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
      let arguments = Self.commands[index].map {
        $0 == "FILE" ? file : $0.replacing("OUT", with: scratch.path + "/out")
      }
      let run = try run(arguments + ["--quiet"], bytes: bytes)
      #expect((0...4).contains(run.status), "\(arguments): \(run.status) \(run.errors)")
      let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
      #expect(run.status < 2 || lines.count == 1, "\(arguments): \(run.errors)")
    }
  }

  /// An array of metadata takes its bytes: 26 times as much would not fit under one and a half.
  @Test func arraysOfMetadataTakeTheirBytes() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/array.gguf"
    let count = 160 << 20
    var header = Data("GGUF".utf8)
    func append(_ value: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe header.append(contentsOf: $0) }
    }
    append(UInt32(3))
    append(UInt64(0))
    append(UInt64(1))
    append(UInt64(1))
    header.append(contentsOf: "k".utf8)
    append(UInt32(9))
    append(UInt32(0))
    append(UInt64(count))
    #expect(FileManager.default.createFile(atPath: path, contents: header))
    let file = try #require(FileHandle(forWritingAtPath: path))
    // Zeros that take no room on the disk.
    try file.truncate(atOffset: UInt64(header.count + count))
    try file.close()
    let run = try run(["inspect", path], bytes: count / 2 - Self.allowance)
    #expect(run.status == 0, "\(run.status) \(run.errors)")
  }
}
