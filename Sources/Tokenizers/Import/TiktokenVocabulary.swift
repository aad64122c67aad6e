internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Turns a vocabulary of tiktoken into GGUF metadata: lines of a token in base 64 and its rank.
package enum TiktokenVocabulary {
  /// Whether the bytes begin with such a line.
  package static func recognizes(_ bytes: [UInt8]) -> Bool {
    let line = bytes.prefix(400).prefix { $0 != 0x0A }
    guard line.count < min(400, bytes.count), let space = line.firstIndex(of: 0x20) else {
      return false
    }
    let digits = line[(space + 1)...].filter { $0 != 0x0D }
    return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
      && decodedBase64(Array(line[..<space])) != nil
  }

  /// The entries from `tokenizer.ggml.model` on.
  ///
  /// The file holds no rules for words and no special tokens: they follow from the family, which is
  /// known by the number of ranks, or from the other files.
  static func metadata(
    _ bytes: [UInt8], _ files: TokenizerFiles, size: Int?, named: String?
  ) throws(ModelError) -> ImportedVocabulary {
    let ranks = try self.ranks(bytes, files)
    let known = families.first { $0.ranks == ranks.count }
    var notes: [String] = []
    if known == nil, named == nil {
      notes.append(
        "a tiktoken file of \(ranks.count) ranks does not say how text is cut into words; "
          + "llama.cpp's default is named (--pre NAME sets another)")
    }
    var special: [(text: String, id: Int)] = (known?.special ?? []).enumerated().map {
      ($0.element, ranks.count + $0.offset)
    }
    for entry in files.tokenizer?["added_tokens"]?.array ?? [] {
      if let id = entry["id"]?.integer, let text = entry["content"]?.text {
        special.append((text, id))
      }
    }
    for member in files.configuration?["added_tokens_decoder"]?.object?.members ?? [] {
      if let id = Int(member.key.text), let text = member.value["content"]?.text {
        special.append((text, id))
      }
    }
    let largest = max(ranks.count - 1, special.map(\.id).max() ?? 0)
    let count = max(size ?? 0, largest + 1)
    guard count < 1 << 24 else {
      throw ModelError(.unsupportedTokenizer, files.folder, "a token's id is \(largest)")
    }
    var tokens = (0..<count).map { ByteString("[PAD\($0)]") }
    var kinds = [Int32](repeating: SentencePieceFile.Piece.Kind.unused.rawValue, count: count)
    for (id, token) in ranks.enumerated() where !token.isEmpty {
      tokens[id] = ByteString(characters(token))
      kinds[id] = SentencePieceFile.Piece.Kind.normal.rawValue
    }
    for (text, id) in special where id >= ranks.count {
      tokens[id] = ByteString(text)
      kinds[id] = SentencePieceFile.Piece.Kind.control.rawValue
    }
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string(ByteString(named ?? known?.name ?? "default"))
    metadata["tokenizer.ggml.tokens"] = .array(.strings(tokens))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    metadata["tokenizer.ggml.merges"] = .array(.strings(merges(ranks)))
    var ids = try SpecialTokenImport(files, vocabularySize: nil)
    for (kind, text) in known?.uses ?? [] {
      if let id = special.first(where: { $0.text == text })?.id { ids.use(id, for: kind) }
    }
    ids.write(to: &metadata)
    return ImportedVocabulary(metadata, notes: notes)
  }

  /// Tokens by rank.
  ///
  /// An empty one, with which whisper's file ends, stands for nothing.
  private static func ranks(
    _ bytes: [UInt8], _ files: TokenizerFiles
  ) throws(ModelError) -> [[UInt8]] {
    var tokens: [[UInt8]] = []
    for line in bytes.split(separator: 0x0A) {
      let parts = line.split { $0 == 0x20 || $0 == 0x0D }
      guard parts.count == 2, let token = decodedBase64(Array(parts[0])),
        Int(String(decoding: parts[1], as: UTF8.self)) == tokens.count
      else {
        throw ModelError(
          .unsupportedTokenizer, files.folder,
          "line \(tokens.count + 1) is not a token in base 64 and the rank \(tokens.count)")
      }
      tokens.append(token)
    }
    return tokens
  }

  private static func characters(_ token: [UInt8]) -> [UInt8] {
    utf8(token.map { ByteAlphabet.characters[Int($0)] })
  }

  /// The pair that makes each token: what is left of it when only lower ranks join.
  private static func merges(_ ranks: [[UInt8]]) -> [ByteString] {
    var vocabulary = StructuredVocabulary(capacity: ranks.count)
    for (id, token) in ranks.enumerated() { vocabulary.insert(token, TokenID(id)) }
    var merges: [ByteString] = []
    for (rank, token) in ranks.enumerated() where token.count > 1 {
      var ends = Array(1...token.count)
      while ends.count > 2 {
        var best: (rank: TokenID, place: Int)?
        for place in 0..<ends.count - 1 {
          let start = place == 0 ? 0 : ends[place - 1]
          guard let id = vocabulary.id(token.span.extracting(start..<ends[place + 1])),
            Int(id) < rank, id < best?.rank ?? .max
          else { continue }
          best = (id, place)
        }
        guard let best else { break }
        ends.remove(at: best.place)
      }
      guard ends.count == 2 else { continue }
      merges.append(
        ByteString(
          characters(Array(token[..<ends[0]])) + [0x20] + characters(Array(token[ends[0]...]))))
    }
    return merges
  }

  /// What is known of vocabularies by their number of ranks.
  private struct Family {
    let ranks: Int
    let name: String
    let special: [String]
    let uses: [(kind: String, token: String)]
  }

  private static let families: [Family] = [
    Family(
      ranks: 50_256, name: "gpt-2", special: ["<|endoftext|>"],
      uses: [("bos", "<|endoftext|>"), ("eos", "<|endoftext|>")]),
    Family(
      ranks: 100_256, name: "dbrx",
      special: [
        "[PAD100256]", "<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
      ], uses: [("bos", "<|endoftext|>"), ("eos", "<|endoftext|>")]),
    Family(
      ranks: 128_000, name: "llama-bpe", special: llama3,
      uses: [("bos", "<|begin_of_text|>"), ("eos", "<|end_of_text|>"), ("eot", "<|eot_id|>")]),
    Family(
      ranks: 151_643, name: "qwen2", special: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
      uses: [("bos", "<|endoftext|>"), ("eos", "<|endoftext|>")]),
    Family(
      ranks: 199_998, name: "gpt-4o", special: ["[PAD199998]", "<|endoftext|>"],
      uses: [("bos", "<|endoftext|>"), ("eos", "<|endoftext|>")]),
  ]

  /// The 256 special tokens of Llama 3, in order.
  private static let llama3: [String] =
    [
      "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
      "<|reserved_special_token_1|>", "<|reserved_special_token_2|>",
      "<|reserved_special_token_3|>", "<|start_header_id|>", "<|end_header_id|>",
      "<|reserved_special_token_4|>", "<|eot_id|>",
    ] + (5..<251).map { "<|reserved_special_token_\($0)|>" }
}
