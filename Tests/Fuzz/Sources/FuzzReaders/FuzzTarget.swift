/// One reader, and what is done with what it reads.
///
/// An error is a good end; a trap, a hang or unbounded memory is a finding.
struct FuzzTarget: Sendable {
  let name: String
  /// Names of the files that it begins with, as a shell matches them.
  let seeds: [String]
  let mutation: Mutation
  /// Reads an input and works with it; says why that failed, if it did.
  let run: @Sendable ([UInt8]) -> String?

  init(
    _ name: String, _ seeds: [String], _ mutation: Mutation,
    _ run: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.mutation = mutation
    self.run = { input in
      do { try run(input) } catch { return "\(error)" }
      return nil
    }
  }

  /// Matrices, and files of that form beside models.
  private static let importance = [
    "*.dat", "imatrix*.gguf", "jargon.gguf", "mixtral.gguf", "granitemoe.gguf", "qwen2moe.gguf",
  ]

  /// Every target.
  static let all: [FuzzTarget] = [
    FuzzTarget("gguf", ["*.gguf"], .binary, Reading.model("input.gguf")),
    FuzzTarget("safetensors", ["*.safetensors"], .text, Reading.model("input.safetensors")),
    FuzzTarget("legacy", ["*.bin"], .binary, Reading.model("input.bin")),
    FuzzTarget("torch", ["*.pt", "*.pth", "*.bin"], .binary, Reading.model("input.pt")),
    FuzzTarget("logits", ["*.gguf"], .binary, Reading.logits),
    FuzzTarget("tokenizer-json", ["tokenizer.json"], .text, Reading.tokenizerJSON),
    FuzzTarget("sentencepiece", ["*.model"], .binary, Reading.sentencePiece),
    FuzzTarget("bundle", ["*.tar"], .tar, Reading.bundle),
    FuzzTarget("zstd", ["*.zst", "*.tar"], .binary, Reading.zstd),
    FuzzTarget("imatrix", importance, .binary, Reading.importance),
    FuzzTarget("baseline", ["*.gguf"], .binary, Reading.baseline),
    FuzzTarget("journal", ["*.journal"], .text, Reading.journal),
    FuzzTarget("yaml", ["*.yaml", "*.yml"], .text, Reading.yaml),
    FuzzTarget("json", ["*.json"], .text, Reading.json),
    FuzzTarget("http", ["*.http"], .text, Reading.http),
    FuzzTarget("configuration", ["config.json"], .text, Reading.configuration),
    FuzzTarget("adapter", ["adapter_config.json"], .text, Reading.adapter),
    FuzzTarget("adapter-tensors", ["adapter_model.safetensors"], .text, Reading.adapterTensors),
    FuzzTarget("template", ["*.jinja"], .text, Reading.template),
    FuzzTarget("messages", ["messages*.json"], .text, Reading.messages),
  ]
}
