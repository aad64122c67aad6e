package import WeighbridgeJSON
package import WeighbridgeModelIR

/// Every family.
///
/// To add one (an afternoon for a family of known parts):
///
/// 1. A file in `Families/`, one `Architecture` value: its name in GGUF and in `config.json`, defaults,
///    metadata in the order of llama.cpp's converter (conversion/NAME.py), tensors by rules, how its
///    `config.json` is written again; then `traits`, what its graph in llama.cpp computes
///    (src/models/NAME.cpp) and no metadata says; `names`, if a wrapper or a tower surrounds it;
///    `quantization`, if `llama-quantize` treats it apart.
/// 2. A name in `all` below.
/// 3. If its layers have a part that none has had, a file in `Sources/Inference/Parts/` with a type that
///    conforms to `LayerPart`, and its name in `LayerParts.all`: what shows that a layer has it, which
///    matrices it needs, how it runs. A hot loop goes into `CKernels`, beside a plain twin in the tests.
///    If norms stand elsewhere than in other families, `LayerNorms`; if several parts see the same
///    states, the stages in `Layer`.
///
/// The tests that then run by themselves: `ZooTests` of ConversionTests (keys, names and bytes of every
/// tensor as the converter gives them) and of InferenceTests (logits of the folder and of the GGUF within
/// 1e-4 of transformers'), for every folder of `zoo` and `zoo2` whose class is known here.
package enum ArchitectureRegistry {
  /// All families.
  package static let all: [Architecture] = [
    .llama, .mistral, .mixtral, .qwen2, .qwen2MoE, .qwen3, .qwen3MoE, .gemma, .gemma2, .gemma3,
    .phi2, .phi3, .gptOSS, .deepSeek2, .smolLM3, .granite, .graniteMoE, .olmo2, .olmoE, .commandR,
    .cohere2, .stableLM, .starCoder2, .falcon, .gptNeoX, .gpt2, .bloom, .mpt, .glm4, .seedOSS,
    .exaone4, .ernie45, .nemotron, .mamba, .bert, .consolidatedLlama, .gptJ, .starCoder, .mistral3,
    .arcee, .olmo, .exaone, .qwen2VL, .qwen3VL, .qwen3VLMoE, .ernie45MoE, .dots1, .miniMaxM2,
    .glm4MoE, .phiMoE, .hunYuanDense, .glm, .euroBert, .distilBert, .nomicBert,
    .embeddingGemma, .modernBert, .roberta, .qwen35, .qwen35MoE, .qwen3Next, .mamba2,
    .gemma3n, .gemma4, .llama4, .t5, .t5Encoder, .xlmRoberta, .robertaClassification,
    .graniteHybrid, .graniteFourDense, .graniteFourMoE, .bamba, .nemotronH, .nemotronHMoE,
    .falconH1, .jamba, .lfm2,
    .lfm2MoE, .kimiLinear, .afmoe, .exaoneMoE, .cohere2MoE, .dbrx, .glm4MoELite, .deepSeek32,
    .glmDSA, .mistral4, .miniCPM3, .apertus,
    .baichuan, .xverse, .orion, .internLM2, .internLM3, .miniCPM, .codeShell, .chatGLM, .deepSeek,
    .bailingMoE, .bailingMoE2, .qwen, .maincoder, .mellum, .nanbeige, .panguEmbedded, .plm,
    .smallThinker, .arctic, .dream, .rnd1, .llada, .lladaMoE, .openELM, .graniteSWA, .cogVLM,
    .refact, .hunYuanMoE, .llamaEmbed, .sarashina2, .paddleOCR, .deepSeekOCR, .spark,
    .hunYuanV3, .glm4V, .glmOCR, .graniteMoESWA, .qwen3ASR, .qwen3Omni, .miniCPMV46, .exaone45,
    .lfm2Embedding, .bertClassification, .distilBertClassification, .modernBertClassification,
    .sarvamMoE,
    .deci, .jais2, .glm5Next, .bailingMoE3,
  ]

  /// The family of a parsed `config.json`; nil where none of its names is known.
  ///
  /// A base model (`Qwen2Model`) is of the family that has its head (`Qwen2ForCausalLM`).
  package static func known(_ document: JSONValue) -> Architecture? {
    let configuration = try? Configuration(document)
    func family(_ name: String) -> Architecture? {
      all.first { family in
        family.configurationNames.contains(name)
          && (family.applies.map { isOwn in configuration.map { isOwn($0) } ?? false } ?? true)
      }
    }
    return Configuration.names(in: document).reversed().lazy.compactMap { name in
      family(name) ?? (name.hasSuffix("Model") ? family(name.dropLast(5) + "ForCausalLM") : nil)
    }.first
  }

  /// What quantizing models of a name differs in.
  package static func quantization(of name: String) -> QuantizationTraits? {
    all.lazy.filter { $0.name.utf8.elementsEqual(name.utf8) }.compactMap(\.quantization).first
  }

  /// The family of a parsed `config.json`.
  package static func find(_ document: JSONValue) throws(ModelError) -> Architecture {
    if let found = known(document) { return found }
    let names = Configuration.names(in: document)
    let known = all.flatMap(\.configurationNames).sorted().joined(separator: ", ")
    guard !names.isEmpty else {
      throw ModelError(
        .missingMetadata, "config.json", "'architectures' is missing or empty",
        hint: "known architectures: \(known)")
    }
    throw ModelError(
      .unsupportedArchitecture, "config.json",
      "the architecture '\(names.joined(separator: "', '"))' is not known",
      hint: "known architectures: \(known)")
  }

  /// What models of a name as in `general.architecture` compute; nil where they cannot be run here.
  package static func traits(of name: String) -> DecoderTraits? {
    all.lazy.filter { $0.name.utf8.elementsEqual(name.utf8) }.compactMap(\.traits).first
  }

  /// The family with a name as in `general.architecture`.
  package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }

  /// The family that a GGUF model is written back as, with its names in transformers; nil where none is
  /// known.
  package static func exporter(
    _ facts: ExportFacts
  ) -> (architecture: Architecture, identity: ConfigurationExport.Identity)? {
    for architecture in all where architecture.name.utf8.elementsEqual(facts.name.utf8) {
      if let identity = architecture.export?.identity(facts) { return (architecture, identity) }
    }
    return nil
  }
}
