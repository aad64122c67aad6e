internal import Foundation

/// A folder that lives as long as the value and is removed with everything in it.
package final class TemporaryFolder: Sendable {
  /// Its path.
  package let path: String

  /// Makes a new, empty folder.
  package init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("weighbridge-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    let full = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: full))
    return full
  }

  /// Names of everything in it, hidden files as well, sorted.
  package var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}

/// Files of the package and of the shared data, as tests list them.
package enum TestFiles {
  /// Names in a folder that end in `suffix`, sorted; one level only.
  package static func names(in folder: String, suffix: String = "") -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { $0.hasSuffix(suffix) }.sorted()
  }

  /// Paths below a folder that end in one of `suffixes`, relative to it, sorted.
  package static func below(_ folder: String, suffixes: [String]) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted()
  }

  /// Whether there is a file.
  package static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  /// The bytes of a file.
  package static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The text of a file.
  package static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }
}

/// Random numbers from a seed (SplitMix64), the same on every machine.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Starts at a seed.
  package init(seed: UInt64) { state = seed }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// `$WEIGHBRIDGE_SEED`, or a new seed; printed, so that a failure can be repeated.
  package static func announced(_ purpose: String) -> SeededGenerator {
    let given = ProcessInfo.processInfo.environment["WEIGHBRIDGE_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    print("\(purpose): WEIGHBRIDGE_SEED=\(seed)")
    return SeededGenerator(seed: seed)
  }
}
