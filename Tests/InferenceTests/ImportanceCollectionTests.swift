import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeInference
import WeighbridgeModelIR
import WeighbridgeTokenizers

/// What is collected, beside what `llama-imatrix` (llama.cpp 0.5.0-dev) collects of the same text with
/// the same weights in F32: `Fixtures/golden/imatrix`, four windows each.
@Suite struct ImportanceCollectionTests {
  private static let families = ["mixtral", "qwen2moe", "granitemoe", "qwen3moe"]

  /// The text of the golden runs: the first 20,000 bytes of the book's test part.
  private static func text() throws -> String {
    let source = try FileSource(path: SharedData.fixture("text/test.txt"))
    return String(decoding: try source.readPrefix(20_000), as: UTF8.self)
  }

  private static func collect(
    _ model: Model, context: Int, threads: Int = 2
  ) throws -> [ActivationSums] {
    let canonical = try CanonicalModel.make(model)
    let tokenizer = try TextTokenizer.make(canonical.metadata)
    let collector = ImportanceCollector(
      try Decoder(canonical), options: InferenceOptions(threads: threads))
    try collector.collect(
      TokenWindows(
        tokens: tokenizer.encode(try text()), context: context, limit: 4,
        beginToken: tokenizer.beginToken))
    return collector.sums
  }

  private static func golden(_ name: String) throws -> [ByteString: ImportanceSums.Entry] {
    let path = SharedData.fixture("golden/imatrix/\(name).gguf")
    let sums = try ImportanceSums(Formats.open(path: path), path: path)
    return Dictionary(uniqueKeysWithValues: sums.entries.map { ($0.name, $0) })
  }

  /// Counts are equal; sums differ by what single precision and the peer's 16-bit tables make of them.
  private static func compare(_ own: [ActivationSums], _ name: String) throws {
    let golden = try golden(name)
    #expect(own.map(\.name) == golden.keys.sorted())
    for entry in own {
      let other = try #require(golden[entry.name])
      #expect(entry.counts == other.counts, "\(name) \(entry.name)")
      #expect(entry.sums.count == other.sums.count)
      var (difference, norm) = (0.0, 0.0)
      for (a, b) in zip(entry.sums, other.sums) {
        difference += Double(a - b) * Double(a - b)
        norm += Double(b) * Double(b)
        #expect(abs(a - b) <= 4e-3 * abs(b), "\(name) \(entry.name)")
      }
      #expect((difference / norm).squareRoot() < 1e-3, "\(name) \(entry.name)")
    }
  }

  @Test func theFixturesMatrixIsThatOfLlamaImatrix() throws {
    let model = try Formats.open(path: SharedData.fixture("models/jargon-llama"))
    let sums = try Self.collect(model, context: 512)
    try Self.compare(sums, "jargon")
    // The same bits with another number of threads.
    #expect(try Self.collect(model, context: 512, threads: 1) == sums)
  }

  /// Per expert, with the experts that llama.cpp chose.
  @Test(.enabled(if: SharedData.isPresent), arguments: families)
  func expertsAreCountedOneByOne(_ name: String) throws {
    let sums = try Self.collect(
      try Formats.open(path: SharedData.path("zoo/\(name)/hf")), context: 64)
    try Self.compare(sums, name)
    let stacks = sums.filter { $0.name.text.contains("_exps") }
    #expect(!stacks.isEmpty)
    for stack in stacks {
      // Every token goes to as many experts as the model says.
      #expect(stack.counts.count > 1 && stack.counts.reduce(0, +) % 256 == 0)
    }
  }
}
