internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Turns the files of a unigram tokenizer into GGUF metadata, as llama.cpp's converter does for T5.
package enum UnigramVocabulary {
  private typealias Kind = SentencePieceFile.Piece.Kind

  /// From a file whose pieces fairseq numbers anew: four tokens of its own, then the pieces from the
  /// fourth on.
  ///
  /// Follows conversion/bert.py, `_xlmroberta_set_vocab`. Nil where there is no such file.
  package static func shifted(
    _ files: TokenizerFiles, size: Int?
  ) throws(ModelError) -> ImportedVocabulary? {
    guard let bytes = files.sentencePiece else { return nil }
    let file: SentencePieceFile
    do { file = try SentencePieceFile(bytes, in: files.folder + "/sentencepiece.bpe.model") } catch
    {
      throw ModelError(.unsupportedTokenizer, error.source, error.message, hint: error.hint)
    }
    guard file.algorithm == .unigram, file.pieces.count > 3 else { return nil }
    // A file that was written from moved numbers has them already.
    let isOriginal = file.pieces.first?.kind == .unknown
    return ImportedVocabulary(try metadata(file, files, size: size, isShifted: isOriginal))
  }

  /// The tokens in fairseq's order; the last one falls out.
  private static func shift(
    _ tokens: inout [ByteString], _ scores: inout [Float], _ kinds: inout [Int32]
  ) {
    tokens = ["<s>", "<pad>", "</s>", "<unk>"] + tokens.dropFirst(3).dropLast()
    scores = [0, 0, 0, 0] + scores.dropFirst(3).dropLast()
    kinds =
      [Kind.control, .control, .control, .unknown].map(\.rawValue)
      + kinds.dropFirst(3).dropLast()
  }

  /// From SentencePiece's own file.
  static func metadata(
    _ file: SentencePieceFile, _ files: TokenizerFiles, size: Int?, isShifted: Bool = false
  ) throws(ModelError) -> Metadata {
    let count = isShifted ? max(size ?? 0, file.pieces.count) : size ?? file.pieces.count
    guard count <= file.pieces.count + (1 << 20) else {
      throw ModelError(.invalidMetadata, "config.json", "'vocab_size' is \(count)")
    }
    var tokens = (0..<count).map { ByteString("[PAD\($0)]") }
    var scores = [Float](repeating: -10_000, count: count)
    var kinds = [Int32](repeating: Kind.unused.rawValue, count: count)
    for (id, piece) in file.pieces.prefix(count).enumerated() {
      tokens[id] = piece.text
      scores[id] = piece.score
      kinds[id] = (piece.kind == .userDefined ? Kind.normal : piece.kind).rawValue
    }
    if isShifted {
      shift(&tokens, &scores, &kinds)
    } else {
      for member in files.addedTokens?.object?.members ?? [] {
        guard let id = member.value.integer, tokens.indices.contains(id) else { continue }
        tokens[id] = member.key
        scores[id] = -1000
        kinds[id] = Kind.userDefined.rawValue
      }
    }
    var metadata = table(tokens, scores, kinds)
    metadata["tokenizer.ggml.add_space_prefix"] = .bool(file.addsSpacePrefix)
    metadata["tokenizer.ggml.remove_extra_whitespaces"] = .bool(file.removesExtraSpaces)
    if !file.characterMap.isEmpty {
      metadata["tokenizer.ggml.precompiled_charsmap"] = .array(.uint8(file.characterMap))
    }
    if let id = kinds.firstIndex(of: Kind.unknown.rawValue), id != 2, !isShifted {
      // Readers assume 2 where nothing is said.
      metadata["tokenizer.ggml.unknown_token_id"] = .uint32(UInt32(id))
    }
    var special = try SpecialTokenImport(files, vocabularySize: count)
    if files.configuration == nil, files.model == nil {
      // The file by itself: its own control tokens, which frame nothing.
      for (kind, text) in [("bos", "<s>"), ("eos", "</s>")] as [(String, ByteString)] {
        guard let id = tokens.firstIndex(of: text), kinds[id] == Kind.control.rawValue else {
          continue
        }
        special.use(id, for: kind)
      }
      metadata["tokenizer.ggml.add_bos_token"] = .bool(false)
      metadata["tokenizer.ggml.add_eos_token"] = .bool(false)
    }
    special.write(to: &metadata)
    return metadata
  }

  private static func table(
    _ tokens: [ByteString], _ scores: [Float], _ kinds: [Int32]
  ) -> Metadata {
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("t5")
    metadata["tokenizer.ggml.pre"] = .string("default")
    metadata["tokenizer.ggml.tokens"] = .array(.strings(tokens))
    metadata["tokenizer.ggml.scores"] = .array(.float32(scores))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    return metadata
  }

  /// From `tokenizer.json`; nil where it has no vocabulary.
  static func metadata(
    _ files: TokenizerFiles, size: Int?
  ) throws(ModelError) -> ImportedVocabulary? {
    guard let tokenizer = files.tokenizer, let entries = tokenizer["model"]?["vocab"]?.array else {
      return nil
    }
    let added = tokenizer["added_tokens"]?.array ?? []
    let largest = added.compactMap { $0["id"]?.integer }.max() ?? 0
    let count = max(size ?? 0, entries.count, largest + 1)
    guard count <= entries.count + (1 << 20) else {
      throw ModelError(
        .unsupportedTokenizer, files.folder + "/tokenizer.json", "a token's id is \(largest)")
    }
    var tokens = (0..<count).map { ByteString("[PAD\($0)]") }
    var scores = [Float](repeating: -10_000, count: count)
    var kinds = [Int32](repeating: Kind.unused.rawValue, count: count)
    for (id, entry) in entries.enumerated() {
      guard let pair = entry.array, pair.count == 2, let text = pair[0].string,
        let score = pair[1].double
      else {
        throw ModelError(
          .unsupportedTokenizer, files.folder + "/tokenizer.json",
          "entry \(id) of the vocabulary is no text with a score")
      }
      tokens[id] = text
      scores[id] = Float(score)
      kinds[id] = Kind.normal.rawValue
    }
    for entry in added {
      guard let id = entry["id"]?.integer, tokens.indices.contains(id),
        let content = entry["content"]?.string
      else { continue }
      tokens[id] = content
      kinds[id] = (entry["special"]?.bool == true ? Kind.control : Kind.userDefined).rawValue
      if scores[id] == -10_000 { scores[id] = 0 }
    }
    let unknown = tokenizer["model"]?["unk_id"]?.integer
    if let unknown, kinds.indices.contains(unknown) { kinds[unknown] = Kind.unknown.rawValue }
    var metadata = table(tokens, scores, kinds)
    let shape = Shape(tokenizer)
    metadata["tokenizer.ggml.add_space_prefix"] = .bool(shape.addsPrefix)
    metadata["tokenizer.ggml.remove_extra_whitespaces"] = .bool(shape.mergesSpaces)
    if let map = shape.characterMap, !map.isEmpty {
      metadata["tokenizer.ggml.precompiled_charsmap"] = .array(.uint8(map))
    }
    var special = try SpecialTokenImport(files, vocabularySize: count)
    if let unknown, unknown >= 0 { special.use(unknown, for: "unk") }
    special.write(to: &metadata)
    return ImportedVocabulary(metadata, notes: shape.notes)
  }

  /// What the steps before the model come to in GGUF's terms.
  private struct Shape {
    var addsPrefix = false
    var mergesSpaces = false
    var characterMap: [UInt8]?
    var notes: [String] = []

    init(_ tokenizer: JSONValue) {
      read(tokenizer["normalizer"], depth: 8)
      read(tokenizer["pre_tokenizer"], depth: 8)
    }

    private mutating func read(_ step: JSONValue?, depth: Int) {
      guard let step, !step.isNull, depth > 0 else { return }
      switch step["type"]?.text {
      case "Sequence":
        for inner in step["normalizers"]?.array ?? step["pretokenizers"]?.array ?? [] {
          read(inner, depth: depth - 1)
        }
      case "Precompiled":
        characterMap = step["precompiled_charsmap"]?.string.flatMap { decodedBase64($0.bytes) }
      case "WhitespaceSplit": mergesSpaces = true
      case "Metaspace":
        addsPrefix =
          step["prepend_scheme"].map { $0.text != "never" }
          ?? step["add_prefix_space"]?.bool ?? true
      case "Replace":
        // Two spaces or more become one: SentencePiece's own way to say it.
        if let pattern = step["pattern"]?["Regex"]?.text, [" {2,}", #"\s+"#].contains(pattern) {
          mergesSpaces = true
        } else {
          notes.append(
            "the normalizer 'Replace' has no place in GGUF: such texts are cut otherwise")
        }
      case let type?:
        notes.append(
          "the step '\(type)' has no place in GGUF: texts that it changes are cut otherwise")
      case nil: break
      }
    }
  }
}
