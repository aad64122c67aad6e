internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The vocabulary in a `tokenizer.json`, or in the `vocab.json` and `merges.txt` of older checkpoints.
struct TokenizerJSON {
  /// A token that was added after training.
  struct AddedToken {
    let id: Int
    let content: ByteString
    let isSpecial: Bool
  }

  /// Tokens by id; those that were not trained are missing.
  let tokens: [(text: ByteString, id: Int)]
  /// Tokens that were added after training, sorted by id.
  let added: [AddedToken]
  /// Pairs in the order of their ranks, joined by a space.
  let merges: [ByteString]
  /// The model's part, where there is one.
  let model: JSONValue?

  /// Reads the files; nil where there is no vocabulary.
  init?(_ files: TokenizerFiles) throws(ModelError) {
    let model = files.tokenizer?["model"]
    guard let vocabulary = model?["vocab"]?.object ?? files.vocabulary?.object else { return nil }
    var tokens: [(text: ByteString, id: Int)] = []
    tokens.reserveCapacity(vocabulary.count)
    for member in vocabulary.members {
      guard let id = member.value.integer, id >= 0, id < 1 << 24 else {
        throw Self.fault(files, "the token '\(member.key)' has no id that can be used")
      }
      tokens.append((member.key, id))
    }
    self.tokens = tokens
    self.model = model
    var added = try Self.added(files)
    if files.tokenizer == nil {
      // The old pair of files does not say which tokens are for control.
      let known = Set(added.map(\.id))
      added += tokens.filter { !known.contains($0.id) && AddedTokens.looksSpecial($0.text) }
        .map { AddedToken(id: $0.id, content: $0.text, isSpecial: true) }
      added.sort { $0.id < $1.id }
    }
    self.added = added
    self.merges = try Self.merges(model?["merges"], files)
  }

  private static func fault(_ files: TokenizerFiles, _ message: String) -> ModelError {
    ModelError(.unsupportedTokenizer, files.folder + "/tokenizer.json", message)
  }

  private static func added(_ files: TokenizerFiles) throws(ModelError) -> [AddedToken] {
    var found: [Int: AddedToken] = [:]
    for entry in files.tokenizer?["added_tokens"]?.array ?? [] {
      guard let id = entry["id"]?.integer, id >= 0, id < 1 << 24,
        let content = entry["content"]?.string
      else { throw fault(files, "an added token has no id or no content") }
      found[id] = AddedToken(
        id: id, content: content, isSpecial: entry["special"]?.bool ?? false)
    }
    for member in files.configuration?["added_tokens_decoder"]?.object?.members ?? [] {
      guard let id = Int(member.key.text), id >= 0, id < 1 << 24, found[id] == nil,
        let content = member.value["content"]?.string
      else { continue }
      found[id] = AddedToken(
        id: id, content: content, isSpecial: member.value["special"]?.bool ?? false)
    }
    return found.values.sorted { $0.id < $1.id }
  }

  private static func merges(
    _ document: JSONValue?, _ files: TokenizerFiles
  ) throws(ModelError) -> [ByteString] {
    guard let entries = document?.array else {
      return files.merges.map { lines($0) } ?? []
    }
    var merges: [ByteString] = []
    merges.reserveCapacity(entries.count)
    for entry in entries {
      if let text = entry.string {
        merges.append(text)
      } else if let pair = entry.array, pair.count == 2, let left = pair[0].string,
        let right = pair[1].string
      {
        merges.append(ByteString(visible(left) + [0x20] + visible(right)))
      } else {
        throw fault(files, "a merge is neither a text nor a pair")
      }
    }
    return merges
  }

  /// A space within a part as the character that stands for it.
  private static func visible(_ part: ByteString) -> [UInt8] {
    part.bytes.flatMap { $0 == 0x20 ? [0xC4, 0xA0] : [$0] }
  }

  /// The pairs of a `merges.txt`; a line that is no pair does not count.
  private static func lines(_ text: ByteString) -> [ByteString] {
    var merges: [ByteString] = []
    for (index, line) in text.bytes.split(separator: 0x0A).enumerated() {
      if index == 0, line.first == UInt8(ascii: "#") { continue }
      let parts = line.split { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
      if parts.count == 2 { merges.append(ByteString(Array(parts[0] + [0x20] + parts[1]))) }
    }
    return merges
  }

  /// Places without a text that a vocabulary may have.
  private static let mostFillers = 1 << 17

  /// Every token of a vocabulary of `size`, with GGUF's number for what it is for.
  ///
  /// `size` is the model's; a token beyond it contradicts `config.json`. Where bytes have characters of
  /// their own (`isByteLevel`), U+2581 is itself and no space.
  func table(
    size: Int?, _ files: TokenizerFiles, isByteLevel: Bool = false
  ) throws(ModelError) -> (texts: [ByteString], kinds: [Int32]) {
    let largest = max(tokens.map(\.id).max() ?? -1, added.last?.id ?? -1)
    let count = size ?? largest + 1
    guard largest < count else {
      throw Self.fault(files, "the token with id \(largest) lies beyond the \(count) of the model")
    }
    // Fillers are made by a number that a file of a few bytes says; real vocabularies are padded to a
    // multiple of some thousands.
    guard count - tokens.count - added.count <= Self.mostFillers else {
      throw Self.fault(
        files,
        "\(count) tokens, of which only \(tokens.count + added.count) have a text; at most "
          + "\(Self.mostFillers) places may be empty")
    }
    var texts = (0..<count).map { ByteString("[PAD\($0)]") }
    var kinds = [Int32](repeating: SentencePieceFile.Piece.Kind.unused.rawValue, count: count)
    for token in tokens {
      texts[token.id] = token.text
      kinds[token.id] = SentencePieceFile.Piece.Kind.normal.rawValue
    }
    let known = Set(tokens.map(\.text) + added.map(\.content))
    for token in added {
      let isControl = token.isSpecial || AddedTokens.looksSpecial(token.content)
      let kind: SentencePieceFile.Piece.Kind = isControl ? .control : .userDefined
      let plain = AddedTokens.withPlainSpaces(token.content)
      let isTaken = isByteLevel || known.contains(plain)
      texts[token.id] = isControl || isTaken ? token.content : plain
      kinds[token.id] = kind.rawValue
    }
    return (texts, kinds)
  }
}
