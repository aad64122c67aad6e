import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// Files that the programs of 2023 wrote.
@Suite(.enabled(if: SharedData.isPresent)) struct HistoricalFileTests {
  static let llamaFolder = SharedData.path("legacy/llama-eras")

  /// Paths below `legacy/` of all files with an ending.
  static func files(_ folder: String) -> [String] {
    let root = SharedData.path("legacy")
    guard SharedData.isPresent,
      let found = FileManager.default.enumerator(atPath: root + "/" + folder)
    else { return [] }
    return found.compactMap { $0 as? String }.filter { $0.hasSuffix(".bin") }.sorted()
      .map { "\(folder)/\($0)" }
  }

  private func open(_ path: String) throws(FormatError) -> Model {
    let tree = SingleFileTree(path: SharedData.path("legacy/" + path))
    return try LegacyGGML.open(tree.names[0], in: tree, limits: .default)
  }

  @Test(arguments: files("llama-eras").filter { !$0.contains("truncated") })
  func opensLlama(path: String) throws {
    let model = try open(path)
    #expect(model.metadata["ggml.architecture"]?.string?.text == "llama")
    #expect(model.tensors.count == 3 + 5 * 9)
    // Embeddings and output, the last norm; in each layer 4 and 3 matrices and 2 norms.
    #expect(model.elementCount == 2 * 512 * 64 + 64 + 5 * (4 * 64 * 64 + 3 * 64 * 192 + 2 * 64))
    #expect(model.metadata["ggml.tokens"]?.array?.count == 512)
    #expect(model.metadata["ggml.n_layer"]?.integer == 5)
    #expect(model.problems.isEmpty)
    let hasScores = model.metadata["ggml.scores"] != nil
    #expect(hasScores == !path.contains("lmgg"))
  }

  /// The files are those of the record: SHA-256 as `SOURCE.txt` has it.
  @Test func areThoseOfTheRecord() throws {
    let text = try String(contentsOfFile: Self.llamaFolder + "/SOURCE.txt", encoding: .utf8)
    var checked = 0
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 2, fields[0].count == 64 else { continue }
      let source = try FileSource(path: Self.llamaFolder + "/" + fields[1])
      let bytes = try source.readBytes(at: 0, count: Int(source.byteCount))
      #expect(SHA256.hash(bytes).hexadecimal == fields[0])
      checked += 1
    }
    #expect(checked == 35)
  }

  @Test func refusesAnAbortedWrite() throws {
    let error = #expect(throws: FormatError.self) {
      _ = try open("llama-eras/truncated/q-Q4_K_S.aborted-write.ggjt-v3.bin")
    }
    #expect(error?.code == .truncated || error?.code == .invalidValue)
  }

  @Test(arguments: [
    ("vocab/ggml-vocab.nomagic.bin", "llama", 32000),
    ("vocab/ggml-vocab.ggmf-v1.bin", "llama", 32000),
    ("vocab/ggml-vocab.ggjt-v1.bin", "llama", 32000),
    ("vocab/ggml-vocab-llama.ggjt-v1.bin", "llama", 32000),
    ("whisper/for-tests-ggml-tiny.bin", "whisper", 50256),
    ("whisper/for-tests-ggml-tiny.en.bin", "whisper", 50256),
    ("whisper/for-tests-ggml-large.bin", "whisper", 50256),
    ("whisper/old-for-tests-ggml-tiny.bin", "whisper", 50256),
  ])
  func opensVocabularies(path: String, architecture: String, tokens: Int) throws {
    let model = try open(path)
    #expect(model.metadata["ggml.architecture"]?.string?.text == architecture)
    #expect(abs((model.metadata["ggml.tokens"]?.array?.count ?? 0) - tokens) <= 1)
    #expect(model.tensors.isEmpty)
    #expect(model.problems.map(\.code) == ["no-tensors"])
  }

  @Test(arguments: files("rwkv").filter { $0.contains("tiny") })
  func opensRWKV(path: String) throws {
    let model = try open(path)
    #expect(model.metadata["ggml.architecture"]?.string?.text == "rwkv")
    #expect(model.metadata["ggml.n_layer"]?.integer == 4)
    let reference = try open("rwkv/tiny-rwkv-4v0-660K-FP32.bin")
    #expect(model.tensors.map(\.name) == reference.tensors.map(\.name))
    // Every weight is near the original's.
    for (tensor, original) in zip(model.tensors, reference.tensors) {
      #expect(tensor.layout.shape == original.layout.shape)
      let count = tensor.layout.rowCount
      let read = try #require(FloatRows(tensor.payload)).read(rows: 0..<count)
      let exact = try #require(FloatRows(original.payload)).read(rows: 0..<count)
      let peak = exact.reduce(0) { max($0, abs($1)) }
      let bound: Float = path.contains("Q5") ? 0.07 : 0.001
      let worst = zip(read, exact).reduce(0) { max($0, abs($1.0 - $1.1)) }
      // Plus what a half cannot tell from zero.
      #expect(worst <= bound * peak + 1e-6, "\(tensor.name)")
    }
  }

  @Test func opensSilero() throws {
    let model = try open("whisper/for-tests-silero-v6.2.0-ggml.bin")
    #expect(model.metadata["ggml.architecture"]?.string?.text == "silero-vad")
    #expect(model.metadata["ggml.model_type"]?.string?.text == "silero-16k")
    #expect(model.tensors.count == 15)
    #expect(model.tensors[0].layout.shape.dimensions == [128, 129, 3])
    #expect(model.tensors[13].layout.shape.dimensions == [])
  }

  @Test(arguments: files("whisper/bad"))
  func refusesBadFiles(path: String) throws {
    let error = #expect(throws: FormatError.self) { _ = try open(path) }
    #expect(error?.code != .io)
  }
}
