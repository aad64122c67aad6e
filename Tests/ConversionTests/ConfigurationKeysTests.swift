import Foundation
import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// What becomes of the keys of a `config.json`.
struct ConfigurationKeysTests {
  private static let llama: JSONValue = [
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
    "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_act": "silu",
  ]

  private func reading(
    _ changes: [(ByteString, JSONValue)], accepting keys: Set<String> = []
  ) throws -> ConfigurationReading {
    var object = try #require(Self.llama.object)
    for (key, value) in changes { object[key] = value }
    var options = CanonicalOptions()
    options.acceptedKeys = keys
    return try ConfigurationReading(.object(object), options)
  }

  private func notes(_ changes: [(ByteString, JSONValue)]) throws -> [WeighbridgeModelIR.Diagnostic]
  {
    var model = Model(origin: ModelOrigin(format: "safetensors"))
    try reading(changes).finish(&model)
    return model.problems
  }

  @Test func keysOfOtherFamiliesAreNotedAndTakenOut() throws {
    let problems = try notes([("n_group", 2), ("logit_scale", 0.5)])
    #expect(problems.map(\.code) == ["unknown-key", "unknown-key"])
    #expect(problems[0].message.contains("'n_group'"))
    #expect(try !reading([("n_group", 2)]).configuration.has("n_group"))
  }

  @Test func keysThatSayNothingAreQuiet() throws {
    let quiet: [(ByteString, JSONValue)] = [
      ("use_cache", true), ("torch_dtype", "bfloat16"), ("attention_dropout", 0.5),
      ("bos_token_id", 1), ("_name_or_path", "x"), ("clip_qkv", .null), ("alibi", false),
      ("layer_types", []), ("pretraining_tp", 2), ("router_jitter_noise", 0.3),
    ]
    #expect(try notes(quiet).isEmpty)
  }

  @Test func unknownFunctionsAreRefusedUntilTheyAreAccepted() throws {
    #expect(throws: ModelError.self) { try reading([("hidden_act", "prelu")]) }
    do { _ = try reading([("hidden_act", "prelu")]) } catch let error as ModelError {
      #expect(error.hint?.contains("--accept hidden_act") == true)
    }
    _ = try reading([("hidden_act", "prelu")], accepting: ["hidden_act"])
  }

  @Test(arguments: ["rope_scaling", "rope_parameters"])
  func unknownRotaryScalingIsRefused(_ key: String) throws {
    let value: JSONValue = ["rope_type": "spiral", "factor": 2.0]
    #expect(throws: ModelError.self) { try reading([(ByteString(key), value)]) }
  }

  @Test func everyClassThatConvertsHasItsKeys() {
    for family in ArchitectureRegistry.all where family.converts {
      for name in family.configurationNames where name != "ConsolidatedLlama" {
        let document: JSONValue = ["architectures": .array([JSONValue(name)])]
        #expect(FamilyComputation.find(document) != nil, "\(name) has no table of keys")
      }
    }
  }

  /// `Specs/configuration-keys.md` is what the families declare; WEIGHBRIDGE_REWRITE=1 writes it anew.
  @Test func theTableOfKeysIsTrue() throws {
    let path = SharedData.packageFolder + "/Specs/configuration-keys.md"
    let text = Self.table()
    if ProcessInfo.processInfo.environment["WEIGHBRIDGE_REWRITE"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  private static func table() -> String {
    func list(_ keys: some Sequence<ByteString>) -> String {
      let names = Set(keys.map(\.text)).sorted()
      return names.isEmpty ? "–" : names.map { "`\($0)`" }.joined(separator: ", ")
    }
    var text = """
      # Keys of config.json

      Every key of a checkpoint's `config.json` is one of four kinds to its class of models. It *counts*: \
      the checker computes what it says, and `convert` writes it or says that GGUF cannot hold it. It is \
      *incidental*: it says nothing of what is computed. It is *refused*: what it asks for cannot be \
      computed, unless `--accept KEY` goes on without it. Any other key has no effect in transformers, is \
      taken out before anything is read, and is noted: `key 'x' is not known for this family and was not \
      used`. Values that switch nothing on (null, false, empty lists) are quiet.

      This file is written by the test `theTableOfKeysIsTrue` (`WEIGHBRIDGE_REWRITE=1`).

      ## Incidental in every family

      \(list(ConfigurationKeys.incidental)); and keys that begin with `_`, `output_`, `summary_` or end \
      in `_token_id`, `_token_ids`, `dropout`, `_pdrop`, `_dropout_prob`, `_drop`.

      """
    for family in FamilyComputation.all {
      let tensors = family.optionalTensors.compactMap(\.key)
      text += "\n## \(family.classes.joined(separator: ", "))\n\n"
      text += "- computed: \(list(family.rules.flatMap(\.keys)))\n"
      text += "- sizes: \(list(family.sizes))\n"
      text += "- tensors that are switched: \(list(tensors))\n"
      text += "- incidental: \(list(family.incidental))\n"
      if !family.refusals.isEmpty { text += "- refused: \(list(family.refusals.map(\.key)))\n" }
    }
    return text
  }
}
