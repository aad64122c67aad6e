internal import WeighbridgeModelIR

extension FindingKind {
  private static let again =
    "quantize or convert it again; hash --check tells whether the file changed"

  static let nonFinite = FindingKind(
    .error, "value-non-finite",
    why: "NaN and infinity spread to every result; llama.cpp --check-tensors stops at them",
    fix: again)
  static let zeroTensor = FindingKind(
    .warning, "tensor-zero", why: "a matrix of zeros computes nothing", fix: again)
  static let constantTensor = FindingKind(
    .warning, "tensor-constant", why: "all elements of a matrix are the same number", fix: again)
  static let constantScales = FindingKind(
    .warning, "scales-constant",
    why: "all blocks of a quantized matrix have one scale, which no encoder gives for real weights",
    fix: again)
  static let zeroRows = FindingKind(
    .note, "rows-zero", why: "rows of zeros: outputs that are always zero, or unused tokens",
    fix: "nothing, if the source has them, too")
  static let noise = FindingKind(
    .warning, "rows-noise",
    why: "rows are a thousand times larger than the others, as blocks with a damaged scale are",
    fix: again)
  static let misencoded = FindingKind(
    .warning, "misencoded-blocks",
    why:
      "llama.cpp's encoder put codes behind 32 zeros one place early; these blocks are noise (E-1)",
    fix: "quantize it again with --fix-encoder-bugs")
  static let duplicate = FindingKind(
    .warning, "tensor-duplicate", why: "two layers have the same matrix, byte for byte",
    fix: "compare with the source: validate --against SOURCE")

  static let importanceZero = FindingKind(
    .warning, "importance-zero",
    why: "an importance matrix without a sum for a tensor wipes it when it is quantized by it",
    fix: "collect it again; quantize --neutral-importance weighs such columns alike")

  static let values: [FindingKind] = [
    nonFinite, zeroTensor, constantTensor, constantScales, zeroRows, noise, misencoded, duplicate,
    importanceZero,
  ]

  static let ollamaSplit = FindingKind(
    .note, "ollama-split", why: "ollama does not read models in several files",
    fix: "weighbridge merge PART -o model.gguf", refusedBy: [.ollama])
  static let vllmSplit = FindingKind(
    .note, "vllm-split", why: "vLLM reads GGUF from a single file",
    fix: "weighbridge merge PART -o model.gguf", refusedBy: [.vLLM])
  static let vllmArchitecture = FindingKind(
    .note, "vllm-architecture",
    why: "vLLM reads GGUF through transformers, which does not know the architecture there",
    fix: "give vLLM the checkpoint", refusedBy: [.vLLM])
  static let vllmEncoding = FindingKind(
    .note, "vllm-encoding", why: "vLLM has no kernels for the encoding",
    fix: "give vLLM the checkpoint, or another quantization", refusedBy: [.vLLM])
  static let bigEndian = FindingKind(
    .note, "big-endian", why: "programs on x86 and ARM do not read big-endian files",
    fix: "convert FILE -o OUT.gguf writes little-endian ones", refusedBy: Reader.allCases)
  static let firstVersion = FindingKind(
    .warning, "version-1", why: "llama.cpp does not read GGUF of version 1 any more",
    fix: "edit -o FILE writes version 3", refusedBy: Reader.allCases)

  static let readers: [FindingKind] = [
    ollamaSplit, vllmSplit, vllmArchitecture, vllmEncoding, bigEndian, firstVersion,
  ]

  static let otherKey = FindingKind(
    .warning, "differs-key", why: "the source's converter gives the key another value",
    fix: "edit --set KEY=TYPE:VALUE")
  static let otherTokenizer = FindingKind(
    .error, "differs-tokenizer", why: "text is cut into other tokens than in the source",
    fix: "--fix sets keys where these suffice; else convert it again")
  static let otherTemplate = FindingKind(
    .warning, "differs-template",
    why: "conversations are rendered in another way than by the source",
    fix: "--fix sets the source's template")
  static let otherTensors = FindingKind(
    .error, "differs-tensors", why: "tensors of the source are missing, or have other shapes",
    fix: "convert it again")
  static let otherValues = FindingKind(
    .error, "differs-values",
    why: "the values are further from the source's than the encoding explains: other weights",
    fix: "convert it again")
  static let otherAdapter = FindingKind(
    .error, "differs-adapter-scale",
    why: "with use_rslora the factor is alpha / √rank, and the file gives readers another (A-1)",
    fix: "convert the adapter again, or edit --set adapter.lora.alpha=f32:X")

  static let comparison: [FindingKind] = [
    otherKey, otherTokenizer, otherTemplate, otherTensors, otherValues, otherAdapter,
  ]
}
