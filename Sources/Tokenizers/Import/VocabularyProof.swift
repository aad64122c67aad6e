internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Proves GGUF's entries for a tokenizer on a text, against the tokenizer's own files.
///
/// Where an entry that readers assume is wrong and no file speaks of it, it is added; what remains
/// different is said.
struct VocabularyProof {
  private enum Reference {
    case structured(StructuredTokenizer)
    case pieces(SentencePieceTokenizer)

    func encode(_ text: [UInt8], parseSpecial: Bool = false) -> [TokenID] {
      switch self {
      case .structured(let tokenizer):
        tokenizer.encode(text, addSpecial: false, parseSpecial: parseSpecial)
      case .pieces(let tokenizer):
        tokenizer.encode(text, addSpecial: false, parseSpecial: parseSpecial)
      }
    }

    var name: String {
      switch self {
      case .structured: "tokenizer.json"
      case .pieces: "tokenizer.model"
      }
    }
  }

  private let files: TokenizerFiles
  private var metadata: Metadata
  private var notes: [String] = []

  /// Entries that agree with the files as far as GGUF can say it, and notes on the rest.
  static func proven(_ found: ImportedVocabulary, _ files: TokenizerFiles) -> ImportedVocabulary {
    var proof = VocabularyProof(files: files, metadata: found.metadata)
    proof.run()
    return ImportedVocabulary(proof.metadata, notes: found.notes + proof.notes)
  }

  private init(files: TokenizerFiles, metadata: Metadata) {
    self.files = files
    self.metadata = metadata
  }

  private mutating func run() {
    let structured: StructuredTokenizer?
    do {
      structured = try files.tokenizer.map { (json) throws(ModelError) in
        try StructuredTokenizer(json)
      }
    } catch {
      notes.append("the tokenizer could not be proven on a text: \(error.message)")
      return
    }
    if let structured { frame(structured) }
    guard let named = try? TextTokenizer.make(metadata) else { return }
    if let structured {
      compare(.structured(structured), named)
    } else if let pieces = SentencePieceTokenizer(files, named) {
      compare(pieces, named)
    }
  }

  // MARK: Tokens around a text

  /// Says whether text is framed, where readers would assume otherwise and no file decides it.
  private mutating func frame(_ structured: StructuredTokenizer) {
    guard let named = try? TextTokenizer.make(metadata) else { return }
    let configuration = files.configuration
    let vocabulary = named.vocabulary
    // tokenizer_config.json replaces the frame of tokenizer.json where it speaks of one.
    let isReplaced =
      configuration?["add_bos_token"]?.bool != nil || configuration?["add_eos_token"]?.bool != nil
    let before =
      isReplaced ? configuration?["add_bos_token"]?.bool ?? false : !structured.before.isEmpty
    let after =
      isReplaced ? configuration?["add_eos_token"]?.bool ?? false : !structured.after.isEmpty
    settle(
      "tokenizer.ggml.add_bos_token", before, isAssumed: vocabulary.addsBegin,
      isPlain: structured.before == [vocabulary.begin].compactMap { $0 })
    settle(
      "tokenizer.ggml.add_eos_token", after, isAssumed: vocabulary.addsEnd,
      isPlain: structured.after == [vocabulary.end].compactMap { $0 })
  }

  /// Writes a key that is missing where readers would assume the opposite.
  ///
  /// Not for byte-level pairs: there the assumption comes with `tokenizer.ggml.pre`, and llama.cpp's
  /// converter leaves it to that name.
  private mutating func settle(
    _ key: ByteString, _ isAdded: Bool, isAssumed: Bool, isPlain: Bool
  ) {
    guard metadata[key] == nil, isAssumed != isAdded, !isAdded || isPlain else { return }
    guard metadata["tokenizer.ggml.model"]?.string != "gpt2" else {
      notes.append(
        "readers of GGUF assume \(key) = \(isAssumed), the tokenizer's files \(isAdded)")
      return
    }
    metadata[key] = .bool(isAdded)
  }

  // MARK: Tokens of a text

  private static let spacePrefix: ByteString = "tokenizer.ggml.add_space_prefix"

  /// Says apart what one setting of a tokenizer.model does, which only GGUF's Unigram has a key for.
  private mutating func compare(_ pieces: SentencePieceTokenizer, _ named: TextTokenizer) {
    guard pieces.removesExtraSpaces,
      metadata["tokenizer.ggml.remove_extra_whitespaces"]?.bool != true,
      let keeping = SentencePieceTokenizer(files, named, keepsSpaces: true)
    else { return compare(.pieces(pieces), named) }
    notes.append(
      "tokenizer.model makes one space of several and drops those at the ends of a text "
        + "(remove_extra_whitespaces); readers of GGUF, and transformers, keep them: texts with such "
        + "spaces become other tokens than in SentencePiece")
    compare(.pieces(keeping), named)
  }

  private mutating func compare(_ reference: Reference, _ named: TextTokenizer) {
    let lines = PreTokenizerProof.lines
    let expected = lines.map { reference.encode($0) }
    func equal(_ tokenizer: TextTokenizer) -> Int {
      zip(lines, expected).count { line, tokens in
        tokenizer.encode(line, addSpecial: false, parseSpecial: false) == tokens
      }
    }
    var named = named
    // A tokenizer.model says itself whether it puts a space; tokenizer.json shows it by its steps only.
    if case .structured = reference, equal(named) < lines.count,
      metadata[Self.spacePrefix] == nil, named.base.addsSpacePrefix
    {
      var without = metadata
      without[Self.spacePrefix] = .bool(false)
      if let other = try? TextTokenizer.make(without), equal(other) > equal(named) {
        metadata = without
        named = other
      }
    }
    if let note = difference(lines, expected, reference, named) {
      notes.append(note)
    } else if let note = afterSpecial(reference, named) {
      notes.append(note)
    }
  }

  private func difference(
    _ lines: [[UInt8]], _ expected: [[TokenID]], _ reference: Reference, _ named: TextTokenizer
  ) -> String? {
    for (line, tokens) in zip(lines, expected) {
      let found = named.encode(line, addSpecial: false, parseSpecial: false)
      guard tokens != found else { continue }
      let place = zip(tokens, found).prefix { $0 == $1 }.count
      let model = metadata["tokenizer.ggml.model"]?.string?.text ?? ""
      let rules = model == "gpt2" ? metadata["tokenizer.ggml.pre"]?.string?.text ?? "" : model
      let text = String(decoding: line.dropLast().prefix(40), as: UTF8.self).debugDescription
      return "\(reference.name) and '\(rules)' cut a text into different tokens, "
        + "from the token at \(place) of \(text) on"
    }
    return nil
  }

  /// Readers of GGUF put the space before every text that follows a special token, too.
  private func afterSpecial(_ reference: Reference, _ named: TextTokenizer) -> String? {
    guard named.base.addsSpacePrefix else { return nil }
    let vocabulary = named.vocabulary
    let kinds: [Vocabulary.Kind] = [.userDefined, .control]
    for kind in kinds {
      guard let id = vocabulary.kinds.firstIndex(of: kind) else { continue }
      let text = Array("a".utf8) + vocabulary.tokens[id].bytes + Array("b".utf8)
      let expected = reference.encode(text, parseSpecial: true)
      let found = named.encode(text, addSpecial: false, parseSpecial: true)
      guard expected != found, expected.contains(TokenID(id)) else { continue }
      return
        "text right after a token such as '\(vocabulary.tokens[id].text)' gets a space before it "
        + "from readers of GGUF, not from \(reference.name)"
    }
    return nil
  }
}
