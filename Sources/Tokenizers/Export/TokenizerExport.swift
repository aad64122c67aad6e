package import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// A tokenizer's files for transformers, made from GGUF metadata: the way back.
package struct TokenizerExport: Sendable {
  /// Names and contents.
  package private(set) var files: [(name: String, bytes: [UInt8])] = []
  /// What could not be said in these files.
  package private(set) var notes: [String] = []
  /// The tokens with a meaning of their own: `bos_token_id` and so on, for `config.json`.
  package private(set) var specialIDs: [(key: ByteString, id: Int)] = []

  /// Makes the files; none where the metadata has no tokenizer.
  package init(_ metadata: Metadata) throws(ModelError) {
    guard let model = metadata["tokenizer.ggml.model"]?.string, model != "no_vocab" else { return }
    let tokenizer = try TextTokenizer.make(metadata)
    let vocabulary = ExportedVocabulary(metadata, tokenizer)
    specialIDs = vocabulary.special.map { ("\($0.kind)_token_id", $0.id) }
    let document: JSONValue
    switch model {
    case "llama":
      document = SentencePieceExport.document(metadata, vocabulary)
      add("tokenizer.model", SentencePieceExport.file(metadata, vocabulary, isUnigram: false))
    case "t5":
      document = UnigramExport.document(metadata, vocabulary)
      add("tokenizer.model", SentencePieceExport.file(metadata, vocabulary, isUnigram: true))
    case "bert":
      document = WordPieceExport.document(metadata, vocabulary)
      add("vocab.txt", WordPieceExport.list(vocabulary))
    case "gemma4": document = BytePairExport.plainDocument(metadata, vocabulary)
    case "gpt2": document = BytePairExport.document(metadata, vocabulary)
    default:
      notes.append("a tokenizer of kind '\(model)' cannot be written for transformers")
      return
    }
    add("tokenizer.json", Array((document.text() + "\n").utf8))
    write(vocabulary, metadata)
  }

  private mutating func add(_ name: String, _ bytes: [UInt8]) { files.append((name, bytes)) }

  private mutating func write(_ vocabulary: ExportedVocabulary, _ metadata: Metadata) {
    var names = JSONObject()
    for (kind, id) in vocabulary.special {
      names["\(kind)_token"] = .string(vocabulary.tokens[id])
    }
    var configuration = names
    configuration["clean_up_tokenization_spaces"] = false
    configuration["tokenizer_class"] = "PreTrainedTokenizerFast"
    for kind in ["bos", "eos"] {
      if let adds = metadata["tokenizer.ggml.add_\(kind)_token"]?.bool {
        configuration["add_\(kind)_token"] = .bool(adds)
      }
    }
    if let adds = metadata["tokenizer.ggml.add_space_prefix"]?.bool {
      configuration["add_prefix_space"] = .bool(adds)
    }
    let template = metadata["tokenizer.chat_template"]?.string
    let named = metadata["tokenizer.chat_templates"]?.array?.strings ?? []
    if named.isEmpty {
      if let template { configuration["chat_template"] = .string(template) }
    } else {
      var templates: [JSONValue] = []
      if let template { templates.append(["name": "default", "template": .string(template)]) }
      for name in named {
        guard let text = metadata["tokenizer.chat_template.\(name)"]?.string else { continue }
        templates.append(["name": .string(name), "template": .string(text)])
      }
      configuration["chat_template"] = .array(templates)
    }
    add("tokenizer_config.json", Array((JSONValue.object(configuration).text() + "\n").utf8))
    add("special_tokens_map.json", Array((JSONValue.object(names).text() + "\n").utf8))
  }
}

/// A vocabulary as the writers of files see it.
struct ExportedVocabulary {
  let tokens: [ByteString]
  let kinds: [Vocabulary.Kind]
  let scores: [Float]
  private let stripping: Set<TokenID>
  /// Kinds (`bos`) and numbers of tokens with a meaning of their own.
  var special: [(kind: String, id: Int)] = []
  /// Tokens before and after a text.
  private(set) var before: Int?
  private(set) var after: Int?

  private static let keys: [(kind: String, key: ByteString)] = [
    ("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("sep", "seperator"), ("pad", "padding"),
    ("cls", "cls"), ("mask", "mask"),
  ]

  init(_ metadata: Metadata, _ tokenizer: TextTokenizer) {
    let vocabulary = tokenizer.vocabulary
    stripping = tokenizer.special.stripping
    tokens = vocabulary.tokens
    kinds = vocabulary.kinds
    scores = vocabulary.scores
    for (kind, key) in Self.keys {
      guard let id = metadata["tokenizer.ggml.\(key)_token_id"]?.integer,
        tokens.indices.contains(id)
      else { continue }
      special.append((kind, id))
    }
    before = vocabulary.addsBegin ? vocabulary.begin.map { Int($0) } : nil
    after = vocabulary.addsEnd ? vocabulary.end.map { Int($0) } : nil
  }

  /// Whether a token is one that was put in to fill the vocabulary up.
  func isFiller(_ id: Int) -> Bool {
    kinds[id] == .unused && tokens[id].hasPrefix("[PAD") && tokens[id].hasSuffix("]")
  }

  /// Whether a token is looked for before anything is cut.
  func isAdded(_ id: Int) -> Bool {
    switch kinds[id] {
    case .control, .userDefined, .unknown: true
    case .undefined, .normal, .unused, .byte: false
    }
  }

  /// The list of `added_tokens`.
  func added() -> JSONValue {
    .array(
      tokens.indices.filter(isAdded).map { id in
        [
          "id": .integer(id), "content": .string(tokens[id]), "single_word": false,
          "lstrip": false, "rstrip": .bool(stripping.contains(TokenID(id))), "normalized": false,
          "special": .bool(kinds[id] != .userDefined),
        ]
      })
  }

  /// `{"token": number}` of all that are no fillers.
  func object(_ text: (Int) -> ByteString) -> JSONValue {
    var object = JSONObject()
    for id in tokens.indices where !isFiller(id) { object[text(id)] = .integer(id) }
    return .object(object)
  }

  /// A post-processor that frames a text; `null` where nothing does.
  func frame() -> JSONValue {
    guard before != nil || after != nil else { return .null }
    func entry(_ id: Int?, _ type: Int) -> [JSONValue] {
      id.map { [["SpecialToken": ["id": .string(tokens[$0]), "type_id": .integer(type)]]] } ?? []
    }
    func text(_ name: String, _ type: Int) -> [JSONValue] {
      [["Sequence": ["id": JSONValue(name), "type_id": .integer(type)]]]
    }
    var used = JSONObject()
    for id in [before, after].compactMap({ $0 }) {
      used[tokens[id]] = [
        "id": .string(tokens[id]), "ids": [.integer(id)], "tokens": [.string(tokens[id])],
      ]
    }
    let single = entry(before, 0) + text("A", 0) + entry(after, 0)
    return [
      "type": "TemplateProcessing", "single": .array(single),
      "pair": .array(single + entry(before, 1) + text("B", 1) + entry(after, 1)),
      "special_tokens": .object(used),
    ]
  }

  /// A whole `tokenizer.json`.
  func document(
    normalizer: JSONValue, preTokenizer: JSONValue, decoder: JSONValue, model: JSONValue
  ) -> JSONValue {
    [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": added(),
      "normalizer": normalizer, "pre_tokenizer": preTokenizer, "post_processor": frame(),
      "decoder": decoder, "model": model,
    ]
  }
}
