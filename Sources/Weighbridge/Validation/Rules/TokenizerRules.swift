internal import WeighbridgeByteIO
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Rules of `tokenizer.ggml.*`, by what llama.cpp's loader asks for (`llama_vocab::impl::load`).
enum TokenizerRules {
  private static let prefix = "tokenizer.ggml."

  /// Whether a vocabulary is there, and of a known kind.
  static func presence(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel else { return [] }
    guard let value = context.metadata["tokenizer.ggml.model"] else {
      // Other programs' models and single layers for tests have none.
      return [
        Finding(
          .tokenizerMissing, at: prefix + "model", "it is missing",
          severity: context.tensors["token_embd.weight"] == nil ? .note : .error)
      ]
    }
    guard let name = value.string?.text, ReaderNames.llamaCppTokenizers.contains(name) else {
      return [
        Finding(.tokenizerUnknown, at: prefix + "model", "'\(value.string?.text ?? "no text")'")
      ]
    }
    guard name != "none", name != "no_vocab" else { return [] }
    guard !context.tokens.isEmpty else {
      return [Finding(.tokenizerMissing, at: prefix + "tokens", "there is no list of texts")]
    }
    do { _ = try TextTokenizer.make(context.metadata) } catch {
      guard error.code != .unsupportedTokenizer, error.subject != prefix + "merges",
        error.subject != prefix + "scores", error.subject != prefix + "token_type",
        error.subject != prefix + "pre"
      else { return [] }
      return [Finding(.tokenizerBroken, at: error.subject, error.message)]
    }
    return []
  }

  /// As many types, scores and rows as tokens.
  static func lists(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tokens.isEmpty else { return [] }
    var findings: [Finding] = []
    let count = context.tokens.count
    for name in ["scores", "token_type"] {
      guard let list = context.metadata[ByteString(prefix + name)] else { continue }
      if list.array?.count != count {
        findings.append(
          Finding(
            .tokenLists, at: prefix + name,
            list.array.map { "\($0.count) entries for \(count) tokens" } ?? "it is no list"))
      }
    }
    if let rows = context.sizes("token_embd.weight"), rows.count > 1, rows[1] != count {
      findings.append(
        Finding(
          .tokenCount, at: "token_embd.weight",
          "\(rows[1]) rows for \(count) tokens",
          severity: rows[1] > count && !context.isGGUF ? .warning : .error))
    }
    let key = context.keys.key("vocab_size").text
    if let size = context.keys.integer("vocab_size"), size != count {
      findings.append(
        Finding(
          .tokenCount, at: key, "it says \(size), and there are \(count) tokens",
          repair: .set(key, .uint32(UInt32(count))), severity: .warning))
    }
    return findings
  }

  /// Texts that two tokens have.
  static func duplicates(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tokens.isEmpty else { return [] }
    var first: [ByteString: Int] = [:]
    var pairs: [(Int, Int)] = []
    for (id, text) in context.tokens.enumerated() {
      if let other = first[text] { pairs.append((other, id)) } else { first[text] = id }
    }
    guard let pair = pairs.first else { return [] }
    return [
      Finding(
        .tokenDuplicate, at: prefix + "tokens",
        "\(pairs.count) texts stand for two tokens: '\(context.tokens[pair.0])' for \(pair.0) and "
          + "\(pair.1)")
    ]
  }

  /// Numbers and types of the tokens that begin, end and so on.
  static func special(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tokens.isEmpty else { return [] }
    var findings: [Finding] = []
    for entry in context.metadata.entries
    where entry.key.hasPrefix("tokenizer.ggml.") && entry.key.hasSuffix("_token_id") {
      if let id = entry.value.integer, context.tokens.indices.contains(id) { continue }
      let found = entry.value.integer.map { "\($0)" } ?? entry.value.typeName.lowercased()
      // Converters have written -1 for a token that there is not; readers warn and go on.
      let isNone = entry.value.integer == -1 || entry.value.integer == Int(UInt32.max)
      findings.append(
        Finding(
          .tokenRange, at: entry.key.text, "it is \(found), of \(context.tokens.count) tokens",
          repair: .remove(entry.key.text), severity: isNone ? .note : nil))
    }
    findings += ends(context)
    return findings
  }

  private static func ends(_ context: ValidationContext) -> [Finding] {
    let names: Set<String> = ["gemma4", "llama", "gpt2", "rwkv", "plamo2"]
    let encoders: Set<String> = [
      "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2",
      "jina-bert-v3", "eurobert", "t5encoder", "gemma-embedding", "llama-embed", "wavtokenizer-dec",
    ]
    guard let kind = context.metadata["tokenizer.ggml.model"]?.string?.text, names.contains(kind),
      !encoders.contains(context.keys.name)
    else { return [] }
    let ends = EndTokens(context.metadata, context.tokens)
    guard !ends.ids.isEmpty else {
      return [
        Finding(.endMissing, at: prefix + "eos_token_id", "no key and no known text names one")
      ]
    }
    guard let types = context.metadata["tokenizer.ggml.token_type"]?.array?.integers,
      types.count == context.tokens.count
    else { return [] }
    return ends.named.compactMap { id in
      guard types[id] == 1 || types[id] == 4 else { return nil }
      return Finding(
        .endType, at: prefix + "token_type",
        "token \(id) '\(context.tokens[id])' ends a turn and is of type \(types[id]), "
          + (types[id] == 1 ? "normal" : "user-defined"), repair: .tokenType(id, 3))
    }
  }

  /// `tokenizer.ggml.pre`.
  static func cuts(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, context.metadata["tokenizer.ggml.model"]?.string == "gpt2" else {
      return []
    }
    guard let name = context.metadata["tokenizer.ggml.pre"]?.string?.text, !name.isEmpty else {
      return [Finding(.preMissing, at: prefix + "pre", "it is missing")]
    }
    guard !ReaderNames.llamaCppCuts.contains(name) else { return [] }
    return [Finding(.preUnknown, at: prefix + "pre", "'\(name)'")]
  }

  /// Merges, and what they make.
  static func merges(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, context.metadata["tokenizer.ggml.model"]?.string == "gpt2",
      !context.tokens.isEmpty
    else { return [] }
    guard let merges = context.metadata["tokenizer.ggml.merges"]?.array?.strings else {
      return [Finding(.mergesMissing, at: prefix + "merges", "they are missing")]
    }
    let known = Set(context.tokens)
    var useless = 0
    var example: ByteString?
    for merge in merges {
      guard let space = merge.bytes.dropFirst().firstIndex(of: 0x20) else { continue }
      let made = ByteString(Array(merge.bytes[..<space] + merge.bytes[(space + 1)...]))
      if !known.contains(made) {
        useless += 1
        example = example ?? merge
      }
    }
    guard let example else { return [] }
    return [
      Finding(
        .mergeUnknown, at: prefix + "merges",
        "\(useless) of \(merges.count) merges make no token: '\(example)'",
        severity: useless * 10 > merges.count ? .warning : .note)
    ]
  }
}

/// Tokens at which programs stop: those that keys name, and those that llama.cpp knows by their texts.
struct EndTokens {
  /// All of them.
  let ids: Set<Int>
  /// Those that keys name, in the order of the keys.
  let named: [Int]

  /// `llama_vocab::impl::load`, from "maintain a list of tokens that cause end-of-generation" on.
  private static let texts: Set<ByteString> = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[", "< EOT >", "<|eot|>",
  ]

  init(_ metadata: Metadata, _ tokens: [ByteString]) {
    var ids: Set<Int> = []
    var named: [Int] = []
    for name in ["eos", "eot", "eom"] {
      guard let id = metadata[ByteString("tokenizer.ggml.\(name)_token_id")]?.integer,
        tokens.indices.contains(id), ids.insert(id).inserted
      else { continue }
      named.append(id)
    }
    for (id, text) in tokens.enumerated() where Self.texts.contains(text) { ids.insert(id) }
    self.ids = ids
    self.named = named
  }
}
