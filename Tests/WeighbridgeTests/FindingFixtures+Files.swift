import TestSupport
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import Weighbridge

extension FindingFixtures {
  /// Files that break a rule of their format, as they lie in `Fixtures/`.
  static var broken: [FindingFixture] {
    let malformed = [
      ("not-this-format", "malformed/gguf/lfs-pointer.gguf"),
      ("unsupported-version", "malformed/gguf/version-4.gguf"),
      ("truncated", "malformed/gguf/data-cut.gguf"),
      ("invalid-value", "malformed/gguf/alignment-13.gguf"),
      ("invalid-utf8", "malformed/safetensors/header-not-utf8.safetensors"),
      ("overlap", "malformed/gguf/tensors-overlap.gguf"),
      ("duplicate-name", "malformed/gguf/key-twice.gguf"),
      ("limit-exceeded", "malformed/gguf/string-huge.gguf"),
      ("unsupported-encoding", "malformed/safetensors/dtype-unknown.safetensors"),
      ("missing-file", "malformed/gguf/missing-part-00001-of-00003.gguf"),
      ("digest-mismatch", "malformed/bundle/file-digest.tar"),
      ("unsafe-path", "malformed/safetensors/index-leaves-folder.safetensors.index.json"),
      ("unsafe-content", "torch/malformed/os-system.pt"),
    ]
    return malformed.map { FindingFixture("format-" + $0.0, fixture: $0.1) }
  }

  private static let adapterBase = SharedData.fixture("models/jargon-llama")

  /// A copy of the adapter, with other settings.
  private static func adapter(
    in folder: TemporaryFolder, settings: [(String, String)] = []
  ) throws -> String {
    let source = SharedData.fixture("adapters/jargon-lora")
    var text = try TestFiles.text(source + "/adapter_config.json")
    for (old, new) in settings { text = text.replacing(old, with: new) }
    try folder.write(Array(text.utf8), to: "adapter_config.json")
    try folder.write(
      try TestFiles.bytes(source + "/adapter_model.safetensors"), to: "adapter_model.safetensors")
    return folder.path
  }

  /// Bytes of one GGUF file that are not as the writer would have them.
  static var bytes: [FindingFixture] {
    [
      FindingFixture("odd-truth-value", file: "m.gguf") {
        $0.metadata["x.flag"] = .bool(true)
      } damage: { bytes in
        if let key = bytes.firstRange(of: Array("x.flag".utf8)) { bytes[key.upperBound + 4] = 7 }
      },
      FindingFixture("unknown-encoding", file: "m.gguf") { _ in
      } damage: { bytes in
        let name = Array("blk.8.ffn_down.weight".utf8)
        if let range = bytes.firstRange(of: name) { bytes[range.upperBound + 20] = 200 }
      },
      FindingFixture("trailing-bytes", file: "m.gguf") { _ in
      } damage: {
        $0 += [1, 2, 3]
      },
      FindingFixture("missing-padding", file: "m.gguf") {
        try $0.add("last.weight", [3])
      } damage: {
        $0.removeLast(20)
      },
    ]
  }

  /// Files of several parts, and what lies beside tensors.
  static var files: [FindingFixture] {
    bytes + [
      FindingFixture.made("leading-space") { folder in
        .init(path: try folder.write(tensorFile(["a"], space: " "), to: "m.safetensors"))
      },
      FindingFixture.made("total-size") { try parts(in: $0, size: 7) },
      FindingFixture.made("index-mismatch") { try parts(in: $0, unlisted: ["c"]) },
      FindingFixture.made("shard-metadata") { try parts(in: $0, sources: ["one", "other"]) },
      FindingFixture.made("no-index") { try parts(in: $0, hasIndex: false) },
      FindingFixture.made("single-shard") { folder in
        .init(
          path: try folder.write(tensorFile(["a"]), to: "model-00001-of-00002.safetensors"))
      },
      FindingFixture.made("reader-note") { folder in
        .init(path: try folder.write(oldImportance, to: "imatrix.dat"))
      },
      FindingFixture("configuration", fixture: "models/jargon-llama"),
      FindingFixture("checkpoint-refused", fixture: "legacy/ggjt-3.bin"),
      FindingFixture("not-supported", fixture: "checkpoints/types"),
    ]
  }

  /// A file of tensors of four bytes.
  private static func tensorFile(
    _ names: [String], space: String = "", source: String? = nil
  ) -> [UInt8] {
    var members = source.map { ["\"__metadata__\":{\"source\":\"\($0)\"}"] } ?? []
    for (index, name) in names.enumerated() {
      let place = "\"data_offsets\":[\(4 * index),\(4 * index + 4)]"
      members.append("\"\(name)\":{\"dtype\":\"F32\",\"shape\":[1],\(place)}")
    }
    let header = Array("\(space){\(members.joined(separator: ","))}".utf8)
    let length = [UInt8(header.count)] + [UInt8](repeating: 0, count: 7)
    return length + header + names.flatMap { _ -> [UInt8] in [0, 0, 128, 63] }
  }

  /// Two parts and their index.
  private static func parts(
    in folder: TemporaryFolder, hasIndex: Bool = true, unlisted: [String] = [], size: Int = 8,
    sources: [String?] = [nil, nil]
  ) throws -> FindingFixture.Subject {
    let names = (1...2).map { "model-0000\($0)-of-00002.safetensors" }
    try folder.write(tensorFile(["a"] + unlisted, source: sources[0]), to: names[0])
    try folder.write(tensorFile(["b"], source: sources[1]), to: names[1])
    guard hasIndex else { return .init(path: folder.path) }
    let map = "{\"a\":\"\(names[0])\",\"b\":\"\(names[1])\"}"
    let index = "{\"metadata\":{\"total_size\":\(size)},\"weight_map\":\(map)}"
    let name = "model.safetensors.index.json"
    return .init(path: try folder.write(Array(index.utf8), to: name))
  }

  /// An importance matrix of the older format: one entry of one weight.
  private static var oldImportance: [UInt8] {
    let name = Array("blk.0.attn_q.weight".utf8)
    return [1, 0, 0, 0, UInt8(name.count), 0, 0, 0] + name + [
      1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 128, 63,
    ]
  }

  /// What programs refuse.
  static var readers: [FindingFixture] {
    [
      FindingFixture("ollama-split", fixture: "gguf/split-00001-of-00003.gguf"),
      FindingFixture("vllm-split", fixture: "gguf/split-00001-of-00003.gguf"),
      FindingFixture("vllm-architecture") { $0.metadata["general.architecture"] = .string("grok") },
      FindingFixture("vllm-encoding") { try $0.addBlocks(.mxfp4) },
      FindingFixture("big-endian", byteOrder: .big) { _ in },
      FindingFixture("version-1", fixture: "gguf/version-1.gguf"),
    ]
  }

  /// Models beside the one that they came from.
  static var comparison: [FindingFixture] {
    [
      beside("differs-key") { $0.metadata["llama.context_length"] = .uint32(64) },
      beside("differs-tokenizer") { $0.metadata["tokenizer.ggml.pre"] = .string("llama-bpe") },
      beside("differs-template") {
        $0.metadata["tokenizer.chat_template"] = .string("{{ messages[0].content }}<|im_end|>")
      },
      beside("differs-tensors") { $0.remove("blk.4.attn_q.weight") },
      beside("differs-values") { try $0.replace("blk.3.attn_q.weight") { Float($0 % 7) } },
      // As convert_lora_to_gguf.py writes it: alpha as it stands in the settings (A-1).
      FindingFixture.made("differs-adapter-scale") { folder in
        var model = try TinyModel()
        model.metadata["general.type"] = .string("adapter")
        model.metadata["adapter.type"] = .string("lora")
        model.metadata["adapter.lora.alpha"] = .float32(6)
        let path = try folder.write(try model.bytes(), to: "adapter.gguf")
        let source = try adapter(
          in: folder, settings: [("\"r\": 2", "\"r\": 2, \"use_rslora\": true")])
        // The file, as the folder holds two models.
        let weights = source + "/adapter_model.safetensors"
        return .init(path: path, source: weights, base: adapterBase)
      },
    ]
  }

  private static func beside(
    _ code: String, _ change: @escaping (inout TinyModel) throws -> Void
  ) -> FindingFixture {
    FindingFixture.made(code) { folder in
      let source = try folder.write(try TinyModel().bytes(), to: "source.gguf")
      var model = try TinyModel()
      try change(&model)
      return .init(path: try folder.write(try model.bytes(), to: "model.gguf"), source: source)
    }
  }
}
