internal import WeighbridgeModelIR

extension FindingKind {
  static let architectureMissing = FindingKind(
    .error, "architecture-missing", why: "without general.architecture no reader knows what it is",
    fix: "edit --set general.architecture=str:NAME, or convert it again", refusedBy: .ggml)
  static let architectureUnknown = FindingKind(
    .warning, "architecture-unknown",
    why: "llama.cpp's list of architectures (src/llama-arch.cpp) does not have the name",
    fix: "a program of its own reads it, or a newer llama.cpp", refusedBy: .ggml)
  static let keyMissing = FindingKind(
    .error, "key-missing", why: "llama.cpp's loader asks for the key and stops without it",
    fix: "edit --set KEY=TYPE:VALUE, or convert it again", refusedBy: .ggml)
  static let keyType = FindingKind(
    .error, "key-type", why: "llama.cpp's loader stops at a key of another type",
    fix: "edit --set KEY=TYPE:VALUE", refusedBy: .ggml)
  static let keyRange = FindingKind(
    .error, "key-range",
    why: "no model of this kind has such a value: what it computes is nonsense",
    fix: "edit --set KEY=TYPE:VALUE with what the source says")
  static let layerCount = FindingKind(
    .error, "layer-count",
    why: "block_count and the layers that are there differ: readers refuse it, or leave layers out",
    fix: "convert it again, or edit --set ARCH.block_count=u32:N where only the key is wrong",
    refusedBy: .ggml)
  static let tensorMissing = FindingKind(
    .error, "tensor-missing", why: "the model cannot be computed without the tensor",
    fix: "convert it again from a complete source", refusedBy: .ggml)
  static let tensorUneven = FindingKind(
    .warning, "tensor-uneven", why: "most layers have the tensor, and some do not",
    fix: "compare with the source: validate --against SOURCE")
  static let tensorUnexpected = FindingKind(
    .warning, "tensor-unexpected",
    why: "no model of the architecture has a tensor of this name; llama.cpp counts them and stops",
    fix: "edit --rename OLD=NEW, or convert it again", refusedBy: .ggml)
  static let tensorShape = FindingKind(
    .error, "tensor-shape", why: "shape and hyperparameters contradict each other",
    fix: "edit the key where it is wrong; else convert it again", refusedBy: .ggml)
  static let uncheckable = FindingKind(
    .note, "not-checked",
    why: "the architecture is not run here, so its tensors were not checked one by one",
    fix: "nothing")
  static let fileType = FindingKind(
    .warning, "file-type",
    why: "general.file_type names another quantization than the tensors have: lists show it wrong",
    fix: "--fix sets what the tensors have")
  static let quantizationVersion = FindingKind(
    .warning, "quantization-version",
    why: "quantized tensors need general.quantization_version, by the specification of GGUF",
    fix: "--fix sets 2")
  static let configuration = FindingKind(
    .warning, "configuration",
    why: "a setting of the checkpoint is not one that GGUF can hold, or that readers follow",
    fix: "see the message")
  static let unconvertible = FindingKind(
    .error, "checkpoint-refused",
    why: "configuration, tokenizer and tensors do not fit together, or are of an unknown kind",
    fix: "see the message")
  static let unsupported = FindingKind(
    .warning, "not-supported",
    why: "what it is made of is not known here, which says nothing about whether it is right",
    fix: "weighbridge convert --map describes an unknown architecture")

  static let architecture: [FindingKind] = [
    architectureMissing, architectureUnknown, keyMissing, keyType, keyRange, layerCount,
    tensorMissing, tensorUneven, tensorUnexpected, tensorShape, uncheckable, fileType,
    quantizationVersion, configuration, unconvertible, unsupported,
  ]
}
