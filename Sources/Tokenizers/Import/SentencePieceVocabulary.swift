internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Turns the files of a SentencePiece tokenizer into GGUF metadata, as llama.cpp's converter does.
package enum SentencePieceVocabulary {
  private struct Table {
    var tokens: [ByteString]
    var scores: [Float]
    var kinds: [Int32]
  }

  /// The entries from `tokenizer.ggml.model` on.
  ///
  /// `size` is the model's `vocab_size`: a shorter vocabulary is filled with unused tokens, a longer
  /// one cut. Throws where the files contradict each other.
  package static func metadata(
    _ file: SentencePieceFile, _ files: TokenizerFiles, size: Int?,
    addedTokens style: AddedTokenStyle = .judged
  ) throws(ModelError) -> Metadata {
    let count = size ?? file.pieces.count
    // Fillers are few: a number in a configuration must not make gigabytes of them.
    guard count <= file.pieces.count + (1 << 20) else {
      throw ModelError(.invalidMetadata, "config.json", "'vocab_size' is \(count)")
    }
    var table = Table(
      tokens: (0..<count).map { "[PAD\($0)]" },
      scores: [Float](repeating: -10_000, count: count),
      kinds: [Int32](repeating: SentencePieceFile.Piece.Kind.unused.rawValue, count: count))
    for (id, piece) in file.pieces.prefix(count).enumerated() {
      // llama.cpp's converter takes symbols that the trainer was told for any other piece, so that its
      // readers cut them. As user-defined tokens they are found first, with plain spaces.
      let isUserDefined = piece.kind == .userDefined
      table.tokens[id] = isUserDefined ? AddedTokens.withPlainSpaces(piece.text) : piece.text
      table.scores[id] = piece.score
      table.kinds[id] = piece.kind.rawValue
    }
    readAddedTokens(files.addedTokens, &table)
    readDecoder(files.configuration?["added_tokens_decoder"], style, &table)
    if style == .literal { readList(files.tokenizer?["added_tokens"], &table) }
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("llama")
    metadata["tokenizer.ggml.pre"] = .string("default")
    metadata["tokenizer.ggml.tokens"] = .array(.strings(table.tokens))
    metadata["tokenizer.ggml.scores"] = .array(.float32(table.scores))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(table.kinds))
    if !file.addsSpacePrefix || file.addsSpaceBehind {
      metadata["tokenizer.ggml.add_space_prefix"] = .bool(false)
    }
    try SpecialTokenImport(files, vocabularySize: count).write(to: &metadata)
    return metadata
  }

  private static func readAddedTokens(_ document: JSONValue?, _ table: inout Table) {
    for member in document?.object?.members ?? [] {
      guard let id = member.value.integer, table.tokens.indices.contains(id) else { continue }
      table.tokens[id] = member.key
      table.scores[id] = -1000
      table.kinds[id] = SentencePieceFile.Piece.Kind.userDefined.rawValue
    }
  }

  private static func readList(_ document: JSONValue?, _ table: inout Table) {
    for entry in document?.array ?? [] {
      guard let id = entry["id"]?.integer, table.tokens.indices.contains(id),
        let content = entry["content"]?.string
      else { continue }
      let isSpecial = entry["special"]?.bool == true
      let kind: SentencePieceFile.Piece.Kind = isSpecial ? .control : .userDefined
      table.tokens[id] = content
      table.kinds[id] = kind.rawValue
      table.scores[id] = -1000
    }
  }

  private static func readDecoder(
    _ document: JSONValue?, _ style: AddedTokenStyle, _ table: inout Table
  ) {
    for member in document?.object?.members ?? [] {
      guard let id = Int(member.key.text), table.tokens.indices.contains(id),
        let content = member.value["content"]?.string
      else { continue }
      let looksSpecial = style == .judged && AddedTokens.looksSpecial(content)
      if member.value["special"]?.bool == true || looksSpecial {
        table.kinds[id] = SentencePieceFile.Piece.Kind.control.rawValue
        table.tokens[id] = content
      } else {
        table.kinds[id] = SentencePieceFile.Piece.Kind.userDefined.rawValue
        table.tokens[id] = style == .judged ? AddedTokens.withPlainSpaces(content) : content
      }
      table.scores[id] = -1000
    }
  }
}

/// How tokens that were added after training are read.
package enum AddedTokenStyle: Hashable, Sendable {
  /// Some are for control though their file does not say so, and U+2581 is a space.
  case judged
  /// As the files say, those of `tokenizer.json` included: the Phi family.
  case literal
}

/// Tokens added to a vocabulary after it was trained.
enum AddedTokens {
  /// Whether a token is for control, whatever its file says: some vendors forget to.
  static func looksSpecial(_ token: ByteString) -> Bool {
    let text = token.text
    return ["<pad>", "<mask>", "<2mass>", "[@BOS@]"].contains(text)
      || (text.hasPrefix("<|") && text.hasSuffix("|>"))
      || (text.hasPrefix("<｜") && text.hasSuffix("｜>"))
      || (text.hasPrefix("<unused") && text.hasSuffix(">"))
  }

  /// The numbers of the tokens that files beside `tokenizer.model` add or describe.
  static func ids(_ files: TokenizerFiles) -> Set<Int> {
    let added = files.addedTokens?.object?.members.compactMap(\.value.integer) ?? []
    let described = files.configuration?["added_tokens_decoder"]?.object?.members ?? []
    return Set(added + described.compactMap { Int($0.key.text) })
  }

  /// U+2581 as the space that it stands for.
  static func withPlainSpaces(_ token: ByteString) -> ByteString {
    let mark: [UInt8] = [0xE2, 0x96, 0x81]
    var bytes: [UInt8] = []
    var index = 0
    while index < token.bytes.count {
      if token.bytes[index...].starts(with: mark) {
        bytes.append(0x20)
        index += 3
      } else {
        bytes.append(token.bytes[index])
        index += 1
      }
    }
    return ByteString(bytes)
  }
}
