internal import WeighbridgeByteIO
package import WeighbridgeJSON

/// Every projector.
///
/// To add one: a file in `Families/` with its classes, the prefixes of its tensors, its metadata in the
/// order of llama.cpp's converter (conversion/NAME.py, a subclass of `MmprojModel`), its tensors by the
/// layouts of `TensorRule+Vision` and `TensorRule+Audio` or by rules of its own; and its name in `all`.
/// `ProjectorTests` then compare it with every folder of the zoos that has its class.
package enum ProjectorRegistry {
  /// All projectors.
  package static let all: [Projector] = [
    .gemma3, .gemma4, .internVL, .llama4, .pixtral, .qwen2VL, .qwen25VL, .qwen3VL, .idefics3,
    .qwen2Audio, .ultravox, .voxtral, .audioFlamingo3, .glm4V, .cogVLM, .dotsOCR, .kimiVL, .janus,
    .lfm2VL, .lightOnOCR, .youtuVL, .hunYuanVL, .paddleOCR, .miniCPMV46, .sarashina2, .glmASR,
    .meralion, .qwen25Omni, .qwen3Omni, .qwen3ASR, .exaone45, .phi4, .nemotronVL, .deepSeekOCR,
    .deepSeekOCR2, .unlimitedOCR, .deepSeekV4, .kimiK25, .glm5Next, .ling3VL, .museGlimmer,
    .miniMaxM3, .step3VL, .gemma4Unified, .gemma3n, .lfm2Audio, .graniteSpeech, .graniteSpeechPlus,
    .granite4Vision, .dots3Note,
  ]

  /// The classes that may name a projector: the vision tower's own first.
  package static func names(in document: JSONValue) -> [String] {
    [document["vision_config"]?["architectures"], document["architectures"]].flatMap {
      $0?.array?.compactMap(\.text) ?? []
    }
  }

  /// The projector of a parsed `config.json`; nil where none of its names is known.
  package static func known(_ document: JSONValue) -> Projector? {
    names(in: document).lazy.compactMap { name in
      all.first { $0.configurationNames.contains(name) }
    }.first
  }
}
