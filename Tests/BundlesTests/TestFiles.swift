import Foundation
import TestSupport
import WeighbridgeByteIO
import WeighbridgeDigests

@testable import WeighbridgeBundles

/// A folder that is removed when the test is over.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "bundles-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// The files below, as relative paths.
  var files: [String] { Self.files(in: path) }

  static func files(in path: String) -> [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).filter {
      !DirectoryTree.isDirectory(path + "/" + $0)
    }.sorted()
  }
}

/// A generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

/// Bytes like those of bfloat16 weights: half of them compressible.
func weights(_ count: Int, seed: UInt64) -> [UInt8] {
  var generator = SeededGenerator(state: seed)
  return (0..<count).map { index in
    index % 2 == 0
      ? UInt8.random(in: 0...255, using: &generator)
      : [0x3C, 0x3D, 0xBC, 0xBD][Int.random(in: 0..<4, using: &generator)]
  }
}

func gguf(_ count: Int, seed: UInt64) -> [UInt8] {
  Array("GGUF".utf8) + weights(count, seed: seed)
}

/// Files of many sizes, in no order.
let sampleFiles: [(path: String, bytes: [UInt8])] = [
  ("model.gguf", gguf(3_300_000, seed: 1)),
  ("config.json", Array(#"{"architectures":["LlamaForCausalLM"]}"#.utf8)),
  ("README.md", Array(String(repeating: "A model for tests.\n", count: 400).utf8)),
  ("mmproj/vision.gguf", gguf((1 << 20) - 4 - 512, seed: 2)),
  ("empty.txt", []),
  ("tokenizer.json", weights(90_001, seed: 3)),
  ("a/very/" + String(repeating: "long/", count: 30) + "naïve-日本語.py", Array("print()".utf8)),
]

func inputs(_ files: [(path: String, bytes: [UInt8])]) -> [BundleInput] {
  files.map { BundleInput(path: $0.path, source: MemorySource($0.bytes, name: $0.path)) }
}

func options(_ profile: BundleProfile, workers: Int = 2) -> PackOptions {
  var options = PackOptions()
  options.profile = profile
  options.workers = workers
  return options
}

var sampleDescription: BundleDescription {
  var description = BundleDescription()
  description.name = "sample"
  description.family = "llama"
  description.licenses = ["Apache-2.0"]
  description.architecture = "transformer"
  description.format = "gguf"
  description.parameterCount = 22_713_216
  description.precision = "bfloat16"
  return description
}

/// Packs files and returns the bundle's bytes.
func packed(
  _ files: [(path: String, bytes: [UInt8])], _ options: PackOptions
) throws -> [UInt8] {
  let folder = try TemporaryFolder()
  _ = try BundleWriter.pack(
    inputs(files), description: sampleDescription, to: folder("x.oci.tar"), options: options)
  return try FileSource(path: folder("x.oci.tar")).readPrefix(.max)
}

func contents(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The code of the error that `body` throws, if any.
func code(_ body: () throws -> Void) -> FormatError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? FormatError)?.code }
}

/// Runs a program that is on PATH; nil, and a loud line, where it is not.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: [UInt8])? {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  guard
    let folder = folders.first(where: {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    })
  else {
    print("SKIPPED: \(program) is not on PATH; a comparison with it did not run")
    return nil
  }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "\(folder)/\(program)")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, Array(output))
}
