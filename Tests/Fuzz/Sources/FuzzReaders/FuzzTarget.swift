/// One reader, and what is done with what it reads.
///
/// An error is a good end; a trap, a hang or unbounded memory is a finding.
struct FuzzTarget: Sendable {
  let name: String
  let mutation: Mutation
  let run: @Sendable ([UInt8]) -> Void

  init(
    _ name: String, _ mutation: Mutation, _ run: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.mutation = mutation
    self.run = { try? run($0) }
  }

  /// Every target; `run` in this folder has where the seeds of each lie.
  static let all: [FuzzTarget] = [
    FuzzTarget("gguf", .binary, Reading.model("input.gguf")),
    FuzzTarget("safetensors", .text, Reading.model("input.safetensors")),
    FuzzTarget("legacy", .binary, Reading.model("input.bin")),
    FuzzTarget("torch", .binary, Reading.model("input.pt")),
    FuzzTarget("logits", .binary, Reading.logits),
    FuzzTarget("tokenizer-json", .text, Reading.tokenizerJSON),
    FuzzTarget("sentencepiece", .binary, Reading.sentencePiece),
    FuzzTarget("bundle", .tar, Reading.bundle),
    FuzzTarget("zstd", .binary, Reading.zstd),
    FuzzTarget("imatrix", .binary, Reading.importance),
    FuzzTarget("baseline", .binary, Reading.baseline),
    FuzzTarget("journal", .text, Reading.journal),
    FuzzTarget("yaml", .text, Reading.yaml),
    FuzzTarget("json", .text, Reading.json),
    FuzzTarget("http", .text, Reading.http),
    FuzzTarget("configuration", .text, Reading.configuration),
    FuzzTarget("adapter", .text, Reading.adapter),
    FuzzTarget("adapter-tensors", .text, Reading.adapterTensors),
    FuzzTarget("template", .text, Reading.template),
    FuzzTarget("messages", .text, Reading.messages),
  ]
}
