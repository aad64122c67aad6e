import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Changes inputs of a target again and again; those that fail in a way that was not seen before are
/// changed further.
///
/// It needs no run-time of a fuzzer and sees no branches: what an error says stands for them.
struct Campaign {
  let target: FuzzTarget
  private(set) var inputs: [[UInt8]]
  private(set) var executions = 0
  private var seen: Set<String> = []
  private var generator: SmallGenerator

  init(_ target: FuzzTarget, inputs: [[UInt8]], seed: UInt32) {
    self.target = target
    self.inputs = inputs
    generator = SmallGenerator(seed: seed)
  }

  /// Inputs of the form that a target reads, below a folder.
  static func seeds(of target: FuzzTarget, in folder: String, upTo byteCount: Int) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.sorted().map { folder + "/" + $0 }.filter { path in
      let name = String(path.split(separator: "/").last ?? "")
      guard target.seeds.contains(where: { fnmatch($0, name, 0) == 0 }) else { return false }
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      guard attributes?[.type] as? FileAttributeType == .typeRegular else { return false }
      return (attributes?[.size] as? Int ?? .max) <= byteCount
    }
  }

  /// Runs one input; whether it failed as none before.
  private mutating func run(_ input: [UInt8]) -> Bool {
    executions += 1
    guard let error = target.run(input) else { return seen.insert("").inserted }
    return seen.insert(error.filter { !$0.isNumber }).inserted
  }

  /// Runs all inputs as they are.
  mutating func replay() {
    for input in inputs { _ = run(input) }
  }

  /// Runs a changed input, which `recording` sees before.
  mutating func step(recording: ([UInt8]) -> Void = { _ in }) {
    guard !inputs.isEmpty else { return }
    // The newer half is chosen as often as the whole.
    let first = generator.next(2) == 0 ? inputs.count / 2 : 0
    var input = inputs[first + generator.next(inputs.count - first)]
    for _ in 0...generator.next(4) {
      target.mutation.change(&input, limit: 1 << 18, &generator)
    }
    recording(input)
    if run(input), inputs.count < 4096 { inputs.append(input) }
  }
}
