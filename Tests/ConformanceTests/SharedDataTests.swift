import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Files of others: real models, official samples, hostile files.
@Suite(.enabled(if: SharedData.isPresent)) struct SharedDataTests {
  static let gguf = paths(".gguf", in: ["gguf", "models", "golden", "legacy"])
  static let safetensors = paths(
    ".safetensors", in: ["safetensors/real", "models", "fixtures", "zoo", "quantized-sources"])

  static func paths(_ suffix: String, in folders: [String]) -> [String] {
    folders.flatMap { folder in
      TestFiles.below(SharedData.path(folder), suffixes: [suffix]).map { "\(folder)/\($0)" }
    }
  }

  static func open(_ path: String) throws(FormatError) -> Model {
    let tree = SingleFileTree(path: SharedData.path(path))
    return path.hasSuffix(".safetensors")
      ? try Safetensors.open(tree.names[0], in: tree, limits: .default)
      : try GGUF.open(tree.names[0], in: tree, limits: .default)
  }

  /// The verdicts of the reference implementation on its own samples, attacks and test vectors.
  @Test func officialSafetensors() throws {
    let lines = try TestFiles.text(
      SharedData.path("safetensors/official/EXPECTED.tsv")
    )
    .split(separator: "\n").filter { !$0.hasPrefix("#") }
    var checked = 0
    for line in lines {
      let fields = line.split(separator: "\t")
      let path = String(fields[0]).replacing(
        "30-safetensors-official", with: "safetensors/official"
      )
      .replacing("31-safetensors-real", with: "safetensors/real")
      guard TestFiles.exists(SharedData.path(path)) else { continue }
      checked += 1
      let tensors = try? Self.open(path).tensors.count
      let expected = fields[1].hasPrefix("OK ") ? Int(fields[1].split(separator: " ")[1]) : nil
      #expect(tensors == expected, "\(line)")
    }
    #expect(checked >= 33)
  }

  /// The verdicts of ggml on files that llama.cpp's own tests make.
  ///
  /// Three differ on purpose: version 1 is read here, and a tensor without its data is refused here
  /// while ggml leaves it to its callers.
  @Test func handcraftedGGUF() {
    let accepted = [
      "002-HEADER_BAD_VERSION_1", "006-HEADER_EMPTY", "013-KV_RANDOM_KV", "017-TENSORS_ZERO_DIM",
      "028-DATA_NOT_ENOUGH_DATA", "032-DATA_SUCCESS", "033-DATA_CUSTOM_ALIGN",
    ]
    let names = TestFiles.names(in: SharedData.path("malformed/gguf-handcrafted"), suffix: ".gguf")
    #expect(names.count == 34)
    for name in names {
      let model = try? Self.open("malformed/gguf-handcrafted/\(name)")
      #expect((model != nil) == accepted.contains(String(name.dropLast(5))), "\(name)")
    }
  }

  /// Fuzz corpora of other readers: the ones that are refused, and why.
  @Test func corporaOfOtherReaders() {
    let refused: [String: FormatError.Code] = [
      "bitnet-rs/tests__models__mini.gguf": .limitExceeded,
      "gridcore-corpus/hdr-suppress-eos.gguf": .truncated,
      "gridcore-corpus/hdr-wrap-first-offset.gguf": .invalidValue,
      "gridcore-corpus/hdr-zero-first-dim.gguf": .invalidValue,
      "gridcore-corpus/huge-counts.bin": .limitExceeded,
      "gridcore-corpus/kv-arr-huge-n.bin": .limitExceeded,
      "gridcore-corpus/kv-huge-strlen.bin": .truncated,
      "gridcore-corpus/magic-only.bin": .truncated,
      "gridcore-corpus/tensor-huge-dims.bin": .truncated,
      "gridcore-corpus/trunc-magic.bin": .truncated,
      "weight-inspect/tiny.gguf": .truncated,
      "weight-inspect/tiny.safetensors": .invalidValue,
    ]
    let folder = "malformed/gguf"
    let files = TestFiles.below(
      SharedData.path(folder), suffixes: [".gguf", ".bin", ".safetensors"])
    #expect(files.count >= 37)
    for file in files {
      do {
        _ = try Self.open("\(folder)/\(file)")
        #expect(refused[file] == nil, "\(file)")
      } catch {
        #expect(refused[file] == error.code, "\(file): \(error)")
        #expect(error.offset != nil)
      }
    }
  }

  /// Files of 2023: versions 1 and 2 are read, what is no GGUF is named.
  @Test(
    arguments: [
      ("example.FUGG-prerelease.gguf", "reversed"), ("ggml-vocab-llama.FUGG-v1.gguf", "reversed"),
      ("lfs-pointer.gguf", "Git LFS pointer"), ("ollama-api-test.6bytes.gguf", "ends inside"),
      ("test_writer.gguf", "value type 13"), ("../models/mungert-test.gguf", "text file"),
    ])
  func historicalFilesAreNamed(_ file: String, _ words: String) {
    let error = #expect(throws: FormatError.self) {
      _ = try Formats.open(path: SharedData.path("gguf/historical/\(file)"))
    }
    #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(
    arguments: [
      ("ggml-vocab-llama.v1a.gguf", "1", 12), ("ggml-vocab-llama.v1b.gguf", "1", 13),
      ("ggml-vocab-falcon.v2a.gguf", "2", 17), ("ggml-vocab-llama.v3a.gguf", "3", 17),
    ])
  func historicalVersionsAreRead(_ file: String, _ version: String, _ entries: Int) throws {
    let model = try Self.open("gguf/historical/\(file)")
    #expect(model.origin.version == version)
    #expect(model.metadata.entries.count == entries)
    let tokens = model.metadata["tokenizer.ggml.tokens"]?.array?.strings?.count
    #expect(tokens == (file.contains("falcon") ? 65024 : 32000))
  }

  /// GGUF-22 on every real file of version 3.
  @Test(arguments: gguf) func everyGGUFIsWrittenToTheSameBytes(_ path: String) throws {
    guard let model = try? Self.open(path), model.origin.version == "3",
      model.origin.files.count == 1
    else { return }
    let order = model.origin.byteOrder
    let bytes = try written(
      GGUF.stored(model, in: order), as: GGUF.layOut(model, byteOrder: order))
    #expect(try bytes == TestFiles.bytes(SharedData.path(path)))
  }

  /// ST-16 on real files; those of other writers are written to the same content.
  @Test(arguments: safetensors) func everySafetensorsIsWrittenAgain(_ path: String) throws {
    let others = ["weight-inspect-tiny", "discollama-adapters", "mlx-swift-lm"]
    guard let model = try? Self.open(path), model.origin.files.count == 1 else { return }
    let bytes = try written(model, as: Safetensors.layOut(model))
    if !others.contains(where: { path.contains($0) }) {
      #expect(try bytes == TestFiles.bytes(SharedData.path(path)))
    }
    let again = try HostileTests.open("safetensors", bytes)
    #expect(again.metadata == model.metadata)
    #expect(again.tensors.map(\.name) == model.tensors.map(\.name))
  }

  /// GGUF-18: big-endian files give the floats of the little-endian files they were made from.
  @Test(
    arguments: [
      ("stories260K.BE", "models/stories260K-llama2c/stories260K"),
      ("stories260K-F16.BE", "gguf/stories260K-quantized/stories260K-F16"),
      ("stories260K-Q4_0.BE", "gguf/stories260K-quantized/stories260K-Q4_0"),
      ("stories260K-Q8_0.BE", "gguf/stories260K-quantized/stories260K-Q8_0"),
      ("ggml-vocab-llama-spm.BE", "gguf/vocab/ggml-vocab-llama-spm"),
    ])
  func bigEndianTwins(_ big: String, _ little: String) throws {
    let swapped = try Self.open("gguf/bigendian/\(big).gguf")
    let plain = try Self.open("\(little).gguf")
    #expect(swapped.origin.byteOrder == .big && plain.origin.byteOrder == .little)
    #expect(swapped.metadata == plain.metadata)
    #expect(swapped.problems.isEmpty)
    #expect(swapped.tensors.count == plain.tensors.count)
    for (one, other) in zip(swapped.tensors, plain.tensors) {
      #expect(one.name == other.name && one.layout == other.layout)
      let rows = 0..<one.layout.rowCount
      let floats = try #require(FloatRows(one.payload)).read(rows: rows)
      #expect(try floats == #require(FloatRows(other.payload)).read(rows: rows))
    }
  }

  /// Cut at every 64th of its length, a good file is refused with a place.
  @Test(
    arguments: [
      "gguf/stories260K-quantized/stories260K-Q4_K_M.gguf", "gguf/vocab/ggml-vocab-bert-bge.gguf",
      "gguf/bigendian/stories260K.BE.gguf", "gguf/historical/ggml-vocab-llama.v1a.gguf",
      "safetensors/real/discollama-adapters.safetensors", "models/stories260K-hf/model.safetensors",
    ])
  func cutAtEvery64th(_ path: String) throws {
    let bytes = try TestFiles.bytes(SharedData.path(path))
    let format = path.hasSuffix(".gguf") ? "gguf" : "safetensors"
    for part in 0..<64 {
      HostileTests.expectCut(format, bytes, at: bytes.count * part / 64)
    }
  }

  /// Split by others, opened from any part (GGUF-21).
  @Test func splitModelsOpenFromAnyPart() throws {
    let whole = try Self.open("gguf/models/dummy.gguf")
    for part in ["dummy-00001-of-00002", "dummy-00002-of-00002"] {
      let model = try Self.open("gguf/models/\(part).gguf")
      #expect(model.origin.files.count == 2)
      #expect(model.metadata == whole.metadata)
      #expect(model.tensors.map(\.name) == whole.tensors.map(\.name))
      let bytes = try written(model, as: GGUF.layOut(model))
      #expect(try bytes == TestFiles.bytes(SharedData.path("gguf/models/dummy.gguf")))
    }
  }

  /// Parts bounded by size are those that `llama-gguf-split --split-max-size 1M` writes.
  @Test func sizedPartsAreThoseOfLlama() throws {
    let model = try Self.open("gguf/models/llama-2-tiny-random.gguf")
    let digests = try GGUFSplit.plan(model, .bytes(1_000_000)).map { part in
      SHA256.hash(try written(part, as: GGUF.layOut(part))).hexadecimal
    }
    #expect(
      digests == [
        "fd563e183ec9c5d1f3e37a695513644981495b4d329697228600bf23bf61b0c0",
        "44333f8361243fab397604774fca8daa32c1413477b43f9aba2c7f5f4dec5c96",
      ])
  }
}
