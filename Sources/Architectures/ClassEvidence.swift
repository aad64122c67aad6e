/// What the conversion of a class was compared with.
///
/// Written by `Tests/Peers/evidence.py`; `ClassTests` check that each entry is true.
package enum ClassEvidence: String, Hashable, Sendable {
  /// The conversion of a tiny checkpoint with llama.cpp's, and its logits with those of transformers.
  case logits
  /// The conversion of a tiny checkpoint with llama.cpp's.
  case converter

  /// Of text models, by their classes.
  package static let text: [String: ClassEvidence] = [
    "ArcticForCausalLM": .converter,
    "BaichuanForCausalLM": .converter,
    "BailingMoeForCausalLM": .converter,
    "BailingMoeV2ForCausalLM": .converter,
    "ChatGLMModel": .converter,
    "CodeShellForCausalLM": .converter,
    "CogVLMForCausalLM": .converter,
    "DeepseekForCausalLM": .converter,
    "DotsOCRForCausalLM": .converter,
    "DreamModel": .converter,
    "GPTRefactForCausalLM": .converter,
    "GraniteSWAForCausalLM": .converter,
    "HunYuanMoEV1ForCausalLM": .converter,
    "IQuestCoderForCausalLM": .converter,
    "InternLM2ForCausalLM": .converter,
    "InternLM3ForCausalLM": .converter,
    "Jais2ForCausalLM": .converter,
    "JanusForConditionalGeneration": .converter,
    "KORMoForCausalLM": .converter,
    "LLaDAMoEModelLM": .converter,
    "LLaDAModelLM": .converter,
    "LlamaBidirectionalModel": .converter,
    "LlavaStableLMEpochForCausalLM": .converter,
    "MaincoderForCausalLM": .converter,
    "MellumForCausalLM": .converter,
    "MiniCPMForCausalLM": .converter,
    "NanbeigeForCausalLM": .converter,
    "OLMoForCausalLM": .converter,
    "OpenELMForCausalLM": .converter,
    "OrionForCausalLM": .converter,
    "PLMForCausalLM": .converter,
    "PaddleOCRVLForConditionalGeneration": .converter,
    "PanguEmbeddedForCausalLM": .converter,
    "QWenLMHeadModel": .converter,
    "Qwen2VLModel": .converter,
    "RND1": .converter,
    "Sarashina2VisionForCausalLM": .converter,
    "SmallThinkerForCausalLM": .converter,
    "StepVLForConditionalGeneration": .converter,
    "XverseForCausalLM": .converter,
  ]

  /// Of projectors, by their classes.
  package static let projectors: [String: ClassEvidence] = [
    "AudioFlamingo3ForConditionalGeneration": .converter,
    "CogVLMForCausalLM": .converter,
    "DotsOCRForCausalLM": .converter,
    "Gemma3ForConditionalGeneration": .converter,
    "Gemma4ForConditionalGeneration": .converter,
    "Glm4vForConditionalGeneration": .converter,
    "HunYuanVLForConditionalGeneration": .converter,
    "InternVisionModel": .converter,
    "JanusForConditionalGeneration": .converter,
    "KimiVLForConditionalGeneration": .converter,
    "Lfm2VlForConditionalGeneration": .converter,
    "LightOnOCRForConditionalGeneration": .converter,
    "Llama4ForConditionalGeneration": .converter,
    "LlavaForConditionalGeneration": .converter,
    "MiniCPMV4_6ForConditionalGeneration": .converter,
    "Mistral3ForConditionalGeneration": .converter,
    "PaddleOCRVisionModel": .converter,
    "Qwen2AudioForConditionalGeneration": .converter,
    "Qwen2VLForConditionalGeneration": .converter,
    "Qwen2_5_VLForConditionalGeneration": .converter,
    "Qwen3VLForConditionalGeneration": .converter,
    "Qwen3VLMoeForConditionalGeneration": .converter,
    "Qwen3_5ForConditionalGeneration": .converter,
    "Sarashina2VisionForCausalLM": .converter,
    "SmolVLMForConditionalGeneration": .converter,
    "UltravoxModel": .converter,
    "VoxtralForConditionalGeneration": .converter,
    "YoutuVLForConditionalGeneration": .converter,
  ]
}
