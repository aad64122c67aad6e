internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Tokens with a meaning of their own, and whether text is framed by them.
///
/// Taken from `tokenizer.json`, `tokenizer_config.json` and `config.json` in that order, as llama.cpp's
/// converter does: the first that names a token counts.
struct SpecialTokenImport {
  private var kinds = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
  private var ids: [(kind: String, id: Int)] = []
  private var additions: [(kind: String, isAdded: Bool)] = []
  private var lowercases: Bool?
  private var stripsAccents: Bool?
  private let vocabularySize: Int?
  private let files: TokenizerFiles
  /// The strings of `tokenizer_config.json`, with what the post-processor says.
  private var names: [String: ByteString] = [:]

  /// GGUF keys by kind; other kinds have none.
  private static let idKeys: [String: ByteString] = [
    "bos": "tokenizer.ggml.bos_token_id", "eos": "tokenizer.ggml.eos_token_id",
    "unk": "tokenizer.ggml.unknown_token_id", "sep": "tokenizer.ggml.seperator_token_id",
    "pad": "tokenizer.ggml.padding_token_id", "mask": "tokenizer.ggml.mask_token_id",
    "eot": "tokenizer.ggml.eot_token_id", "eom": "tokenizer.ggml.eom_token_id",
  ]
  private static let additionKeys: [String: ByteString] = [
    "bos": "tokenizer.ggml.add_bos_token", "eos": "tokenizer.ggml.add_eos_token",
    "sep": "tokenizer.ggml.add_sep_token",
  ]

  /// Reads the files; an id of `vocabularySize` or more does not count.
  init(_ files: TokenizerFiles, vocabularySize: Int?) throws(ModelError) {
    self.files = files
    self.vocabularySize = vocabularySize
    for kind in kinds {
      names[kind] = Self.text(files.configuration?["\(kind)_token" as ByteString])
    }
    if let tokenizer = files.tokenizer {
      if let normalizer = tokenizer["normalizer"] { readNormalizer(normalizer, depth: 8) }
      if files.configuration != nil {
        if names["bos"]?.isEmpty ?? true, let cls = names["cls"] { names["bos"] = cls }
        if names["eos"]?.isEmpty ?? true, let sep = names["sep"] { names["eos"] = sep }
      }
      if let processor = tokenizer["post_processor"], !processor.isNull {
        for step in processor["processors"]?.array ?? [processor] { readPostProcessor(step) }
      }
    }
    try readConfiguration()
    try readModel()
  }

  private static func text(_ value: JSONValue?) -> ByteString? {
    value?.string ?? value?["content"]?.string
  }

  private mutating func readNormalizer(_ normalizer: JSONValue, depth: Int) {
    switch normalizer["type"]?.text {
    case "Lowercase": lowercases = true
    case "StripAccents": stripsAccents = true
    case "BertNormalizer":
      if let value = normalizer["lowercase"]?.bool { lowercases = value }
      if let value = normalizer["strip_accents"]?.bool { stripsAccents = value }
    case "Sequence" where depth > 0:
      for inner in normalizer["normalizers"]?.array ?? [] {
        readNormalizer(inner, depth: depth - 1)
      }
    default: break
    }
  }

  private mutating func add(_ kind: String, _ isAdded: Bool, replacing: Bool = true) {
    if let place = additions.firstIndex(where: { $0.kind == kind }) {
      if replacing { additions[place].isAdded = isAdded }
    } else {
      additions.append((kind, isAdded))
    }
  }

  private mutating func readPostProcessor(_ step: JSONValue) {
    switch step["type"]?.text {
    case "ByteLevel":
      add("bos", false, replacing: false)
      add("eos", false, replacing: false)
    case "RobertaProcessing":
      for kind in ["bos", "eos", "sep"] { add(kind, true) }
      if names["cls"] == nil { names["cls"] = step["cls"]?.array?.first?.string ?? names["bos"] }
      if names["sep"] == nil { names["sep"] = step["sep"]?.array?.first?.string ?? names["eos"] }
    case "TemplateProcessing": readTemplate(step)
    default: break
    }
  }

  /// Whether a simple template frames text by tokens; an unusual one is misread, as it is elsewhere.
  private mutating func readTemplate(_ step: JSONValue) {
    func special(_ entry: JSONValue?) -> ByteString? { entry?["SpecialToken"]?["id"]?.string }
    let single = step["single"]?.array ?? []
    var first: ByteString?
    var last: ByteString?
    if single.count > 1 {
      first = special(single.first)
      if let first {
        if names["bos"] == nil { names["bos"] = first }
        if names["cls"] == nil, first != names["bos"] { names["cls"] = first }
        add("bos", first == names["bos"] || first == names["cls"])
      }
      last = special(single.last)
      if let last {
        if files.configuration != nil, let old = names["eos"], last != old {
          for kind in ["eot", "eom"] where !kinds.contains(kind) {
            kinds.append(kind)
            names[kind] = old
            break
          }
        }
        names["eos"] = last
        add("eos", true)
      }
    }
    readPair(step["pair"]?.array ?? [], first, last, special)
  }

  private mutating func readPair(
    _ pair: [JSONValue], _ first: ByteString?, _ last: ByteString?,
    _ special: (JSONValue?) -> ByteString?
  ) {
    var pair = pair[...]
    if let first, special(pair.first) == first { pair = pair.dropFirst() }
    if let last, special(pair.last) == last { pair = pair.dropLast() }
    guard pair.count > 2, pair.first?["Sequence"]?["id"]?.text == "A",
      pair.last?["Sequence"]?["id"]?.text == "B"
    else { return }
    let between = pair.dropFirst().dropLast()
    let separators = [names["sep"], names["eos"]].compactMap { $0 }
    var addsSeparator = false
    if let token = special(between.first), separators.contains(token), last == nil {
      addsSeparator = true
    }
    if between.count == 2, let token = special(between.last), separators.contains(token) {
      addsSeparator = true
    }
    add("sep", addsSeparator)
    if addsSeparator, names["sep"] == nil { names["sep"] = names["eos"] }
  }

  private mutating func readConfiguration() throws(ModelError) {
    guard let configuration = files.configuration else { return }
    let added = files.tokenizer?["added_tokens"]?.array ?? []
    for kind in kinds {
      if let value = configuration["add_\(kind)_token"]?.bool {
        add(kind, value, replacing: false)
      }
      guard let name = names[kind] else { continue }
      let token = added.first { $0["content"]?.string == name }
      try set(kind, token?["id"])
    }
  }

  private mutating func readModel() throws(ModelError) {
    guard let model = files.model else { return }
    for kind in kinds {
      let key = ByteString("\(kind)_token_id")
      let value = model[key] ?? .null
      try set(kind, value.isNull ? model["text_config"]?[key] : value)
    }
  }

  private mutating func set(_ kind: String, _ value: JSONValue?) throws(ModelError) {
    guard let id = value?.integer, !ids.contains(where: { $0.kind == kind }) else { return }
    guard id >= 0, id <= UInt32.max else {
      throw ModelError(.invalidMetadata, "config.json", "the id of token '\(kind)' is \(id)")
    }
    if let vocabularySize, id >= vocabularySize { return }
    ids.append((kind, id))
  }

  /// Uses a token for a purpose that no file names one for.
  mutating func use(_ id: Int, for kind: String) {
    guard !ids.contains(where: { $0.kind == kind }) else { return }
    ids.append((kind, id))
  }

  /// Adds the entries in llama.cpp's order.
  func write(to metadata: inout Metadata) {
    for (kind, id) in ids {
      if let key = Self.idKeys[kind] { metadata[key] = .uint32(UInt32(id)) }
    }
    for (kind, isAdded) in additions {
      if let key = Self.additionKeys[kind] { metadata[key] = .bool(isAdded) }
    }
    ChatTemplates(files).write(to: &metadata)
    if let lowercases { metadata["tokenizer.ggml.normalizer.lowercase"] = .bool(lowercases) }
    if let stripsAccents {
      metadata["tokenizer.ggml.normalizer.strip_accents"] = .bool(stripsAccents)
    }
  }
}
