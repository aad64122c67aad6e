internal import WeighbridgeByteIO

/// Tokens whose kind llama.cpp knows by their names, whatever the metadata says
/// (`llama-vocab.cpp`, `llama_vocab::impl::load`, from "find EOT token" on).
struct NamedTokens {
  /// Tokens that end a text by the metadata.
  let ends: [TokenID]

  /// The kinds as llama.cpp reads them; `id` finds a token by its text.
  func corrected(
    _ kinds: [Vocabulary.Kind], _ tokens: [ByteString], _ id: (ByteString) -> TokenID?
  ) -> [Vocabulary.Kind] {
    var kinds = kinds
    func set(_ name: ByteString, _ kind: Vocabulary.Kind) {
      if let id = id(name), kinds[Int(id)] != .unused { kinds[Int(id)] = kind }
    }
    for names in Self.middles {
      // Of several names for one purpose llama.cpp takes whichever its table holds first.
      if let name = names.first(where: { id($0) != nil }) { set(name, .control) }
    }
    for name in Self.endings { set(name, .control) }
    for name in Self.shown { set(name, .userDefined) }
    let harmony: [ByteString] = ["<|return|>", "<|call|>"]
    let solar: [ByteString] = ["<|calls|>", "<|flush|>"]
    if [harmony, solar].contains(where: { $0.allSatisfy { id($0) != nil } }) {
      set("<|end|>", .userDefined)
    }
    // Gemma 4 and PLaMo have a plain token of this name.
    let isPlain =
      id("<|tool_response>") != nil
      || ends.contains { tokens[Int($0)] == "<|plamo:eos|>" }
    if isPlain { set("</s>", .normal) }
    return kinds
  }

  /// End-of-turn tokens that converters of the past marked as plain text.
  private static let endings: [ByteString] = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[",
  ]

  /// Tokens of gpt-oss that are shown.
  private static let shown: [ByteString] = [
    "<|channel|>", "<|message|>", "<|start|>", "<|constrain|>",
  ]

  /// Tokens around a gap to be filled, by purpose.
  private static let middles: [[ByteString]] = [
    [
      "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>",
      "<|code_prefix|>", "<|prefix|>",
    ],
    [
      "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>",
      "<|code_suffix|>", "<|suffix|>",
    ],
    [
      "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>",
      "<|code_middle|>", "<|middle|>",
    ],
    ["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"],
    ["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"],
    ["<|file_sep|>"],
  ]
}
