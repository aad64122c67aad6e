import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Files that llama.cpp wrote in 2023, turned into GGUF.
@Suite(.enabled(if: SharedData.isPresent)) struct LegacyConversionTests {
  private static let folder = "legacy/llama-eras/"
  static let eras = [
    "1-ggml-lmgg-2023-03-20", "2-ggmf-v1-2023-03-30", "3-ggjt-v1-2023-04-28",
    "4-ggjt-v2-2023-05-19", "5-ggjt-v3-2023-08-21",
  ]

  static let files: [String] = {
    guard SharedData.isPresent,
      let tree = try? DirectoryTree(path: SharedData.path("legacy/llama-eras"))
    else { return [] }
    return tree.names.filter { $0.hasSuffix(".bin") && !$0.hasPrefix("truncated") }
  }()

  private func open(_ file: String) throws(FormatError) -> Model {
    try Formats.open(path: SharedData.path(Self.folder + file))
  }

  private func convert(_ file: String, _ report: LegacyReport? = nil) throws -> Model {
    var options = LegacyOptions()
    options.rmsEpsilon = 1e-5
    options.contextLength = 512
    options.report = report
    return try LegacyConversion.canonicalModel(open(file), options: options)
  }

  /// llama.cpp's converter of November 2023, given the same files.
  @Test(arguments: [
    ("2-ggmf-v1-2023-03-30/ggml-model-f16.bin", "B-out-ggml-model-f16.gguf"),
    ("3-ggjt-v1-2023-04-28/ggml-model-f16.bin", "E-out-ggml-model-f16.gguf"),
    ("3-ggjt-v1-2023-04-28/ggml-model-f32.bin", "E-out-ggml-model-f32.gguf"),
    ("5-ggjt-v3-2023-08-21/q-Q4_0.bin", "E-out-q-Q4_0.gguf"),
    ("5-ggjt-v3-2023-08-21/q-Q4_1.bin", "E-out-q-Q4_1.gguf"),
    ("5-ggjt-v3-2023-08-21/q-Q5_0.bin", "E-out-q-Q5_0.gguf"),
    ("5-ggjt-v3-2023-08-21/q-Q5_1.bin", "E-out-q-Q5_1.gguf"),
    ("5-ggjt-v3-2023-08-21/q-Q8_0.bin", "E-out-q-Q8_0.gguf"),
  ])
  func equalsTheConverterOfTheTime(file: String, official: String) throws {
    let ours = try convert(file)
    let theirs = try open("6-gguf-by-official-ggml-converter/" + official)
    #expect(ours.tensors.count == theirs.tensors.count)
    for tensor in theirs.tensors {
      let own = try #require(ours.tensor(named: tensor.name), "\(tensor.name)")
      #expect(own.layout == tensor.layout)
      let rows = 0..<tensor.layout.rowCount
      #expect(try own.payload.readBytes(rows: rows) == tensor.payload.readBytes(rows: rows))
    }
    for entry in theirs.metadata.entries
    where !["general.name", "general.description", "general.file_type"].contains(entry.key) {
      if entry.key == "tokenizer.ggml.tokens" || entry.key == "tokenizer.ggml.token_type" {
        continue
      }
      let value = try #require(ours.metadata[entry.key], "\(entry.key)")
      if value.integer != nil {
        #expect(value.integer == entry.value.integer, "\(entry.key)")
      } else {
        #expect(value == entry.value, "\(entry.key)")
      }
    }
    // Tokens: the official converter left the first three as the file had them.
    let tokens = try #require(ours.metadata["tokenizer.ggml.tokens"]?.array?.strings)
    let official = try #require(theirs.metadata["tokenizer.ggml.tokens"]?.array?.strings)
    #expect(tokens.dropFirst(3) == official.dropFirst(3))
    #expect(tokens.prefix(3) == ["<unk>", "<s>", "</s>"])
    let kinds = ours.metadata["tokenizer.ggml.token_type"]?.array?.integers
    #expect(
      kinds?.dropFirst(3)
        == theirs.metadata["tokenizer.ggml.token_type"]?.array?.integers?.dropFirst(3))
  }

  /// Every weight of every file, before and after: equal, or apart by the rounding of a scale.
  @Test(arguments: files)
  func keepsEveryWeight(file: String) throws {
    let old = try open(file)
    let report = LegacyReport()
    let new = try convert(file, report)
    #expect(new.tensors.count == old.tensors.count)
    // Scales and offsets in half precision: half a unit in the last of 11 bits.
    let rounding: Float = 1.0 / 2048
    for (before, after) in zip(old.tensors, new.tensors) {
      let count = before.layout.rowCount
      let exact = try #require(FloatRows(before.payload)).read(rows: 0..<count)
      let read = try #require(FloatRows(after.payload)).read(rows: 0..<count)
      let name = before.layout.encoding.name
      for block in stride(from: 0, to: exact.count, by: 32) {
        let elements = block..<min(block + 32, exact.count)
        let values = exact[elements]
        let peak = values.reduce(0) { max($0, abs($1)) }
        let spread = (values.max() ?? 0) - (values.min() ?? 0)
        let bound: Float =
          switch name {
          case "Q4_0.ggjt1", "Q4_0.ggjt2", "Q8_0.ggjt1": peak * rounding * 1.001
          case "Q4_1.ggjt1", "Q4_1.ggjt2": (peak + spread) * rounding * 1.001
          case "Q4_2", "Q4_3": peak * (1.0 / 254 + rounding) * 1.001
          default: 0
          }
        let worst = elements.reduce(0) { max($0, abs(exact[$1] - read[$1])) }
        #expect(worst <= bound, "\(before.name) \(name): \(worst), \(bound)")
        if worst > bound { return }
      }
    }
    let isRounded = old.tensors.contains {
      $0.layout.encoding.name.hasPrefix("Q4_0.") || $0.layout.encoding.name.hasPrefix("Q4_1.")
        || $0.layout.encoding.name.hasPrefix("Q8_0.")
    }
    #expect(isRounded == (report.largestError.relative > 0))
    #expect(report.largestError.relative <= rounding)
    #expect(report.largestError.absolute <= 0x1p-25)
    #expect(
      new.problems.contains { $0.code == "requantized" } == file.contains("Q4_2")
        || file.contains("Q4_3"))
    let layout = try GGUF.layOut(new)
    #expect(layout.payloadOffsets.count == new.tensors.count)
  }

  /// The same weights through another era's blocks: what the quantizer of 2023 made of one checkpoint
  /// in two layouts is the same once both are today's.
  @Test(arguments: ["Q5_0", "Q5_1"])
  func agreesBetweenEras(type: String) throws {
    let first = try convert("3-ggjt-v1-2023-04-28/q-\(type).bin")
    let last = try convert("5-ggjt-v3-2023-08-21/q-\(type).bin")
    var different = 0
    var total = 0
    for tensor in first.tensors {
      let other = try #require(last.tensor(named: tensor.name))
      let rows = 0..<tensor.layout.rowCount
      let ours = try tensor.payload.readBytes(rows: rows)
      let theirs = try other.payload.readBytes(rows: rows)
      guard ours.count == theirs.count else { continue }
      total += ours.count
      different += zip(ours, theirs).count { $0 != $1 }
    }
    #expect(total > 200_000)
    #expect(Double(different) / Double(total) < 0.01, "\(different) of \(total)")
  }

  @Test func refusesWhatGGUFCannotHold() throws {
    for (file, code) in [
      ("legacy/rwkv/tiny-rwkv-4v0-660K-FP16.bin", ModelError.Code.unsupportedArchitecture),
      ("legacy/whisper/for-tests-silero-v6.2.0-ggml.bin", .unsupportedArchitecture),
      ("legacy/whisper/for-tests-ggml-tiny.bin", .unsupportedArchitecture),
      ("legacy/vocab/ggml-vocab.ggjt-v1.bin", .missingTensor),
    ] {
      let model = try Formats.open(path: SharedData.path(file))
      let error = #expect(throws: ModelError.self) { try LegacyConversion.canonicalModel(model) }
      #expect(error?.code == code, "\(file)")
    }
  }

  @Test(arguments: ["ggml-vocab.nomagic", "ggml-vocab.ggmf-v1", "ggml-vocab-llama.ggjt-v1"])
  func convertsVocabularies(file: String) throws {
    var options = LegacyOptions()
    options.isVocabularyOnly = true
    let model = try LegacyConversion.canonicalModel(
      Formats.open(path: SharedData.path("legacy/vocab/\(file).bin")), options: options)
    let reference = try Formats.open(path: SharedData.path("gguf/vocab/ggml-vocab-llama-spm.gguf"))
    for key: ByteString in ["tokenizer.ggml.tokens", "tokenizer.ggml.scores"] {
      #expect(model.metadata[key] == reference.metadata[key], "\(key)")
    }
    #expect(
      model.metadata["tokenizer.ggml.token_type"]?.array?.integers
        == reference.metadata["tokenizer.ggml.token_type"]?.array?.integers)
  }
}
