internal import Architectures
internal import ByteIO
internal import Checkpoints
internal import JSON
internal import ModelIR
internal import Tokenizers

/// Finds a checkpoint's tokenizer and turns it into metadata.
struct VocabularyImport {
  private let files: TokenizerFiles
  private let options: CanonicalOptions
  private let size: Int?

  /// Reads the tokenizer's files.
  init(
    _ folder: CheckpointFiles, _ configuration: Configuration, _ options: CanonicalOptions
  ) throws(ModelError) {
    do throws(FormatError) {
      var files = TokenizerFiles(folder: folder.name)
      files.sentencePiece = try folder.bytes("tokenizer.model")
      files.tokenizer = try folder.json("tokenizer.json")
      files.configuration = try folder.json("tokenizer_config.json")
      files.addedTokens = try folder.json("added_tokens.json")
      files.model = try folder.json("config.json")
      files.vocabulary = try folder.json("vocab.json")
      if let bytes = try folder.bytes("merges.txt") { files.merges = ByteString(bytes) }
      if let bytes = try folder.bytes("chat_template.jinja") {
        files.chatTemplate = ByteString(bytes)
      } else {
        files.chatTemplate = try folder.json("chat_template.json")?["chat_template"]?.string
      }
      for name in folder.names where name.hasPrefix("additional_chat_templates/") {
        guard name.hasSuffix(".jinja"), let bytes = try folder.bytes(name) else { continue }
        let stem = name.dropFirst("additional_chat_templates/".count).dropLast(".jinja".count)
        files.additionalTemplates.append((String(stem), ByteString(bytes)))
      }
      self.files = files
    } catch { throw Self.error(error) }
    self.options = options
    self.size = try configuration.optionalCount("vocab_size_per_layer_input", "vocab_size")
  }

  private static func error(_ error: FormatError) -> ModelError {
    ModelError(.unsupportedTokenizer, error.source, error.message, hint: error.hint)
  }

  /// The entries for the tokenizer that a family comes with.
  func metadata(for kind: VocabularyKind) throws(ModelError) -> Metadata {
    let size = size.map { ($0 + kind.multiple - 1) / kind.multiple * kind.multiple }
    var metadata = Metadata()
    if kind.readsSpacePrefix, let adds = files.configuration?["add_prefix_space"]?.bool {
      metadata["tokenizer.ggml.add_space_prefix"] = .bool(adds)
    }
    var found: Metadata?
    switch kind.format {
    case .sentencePiece:
      found = try pieces(size, .judged)
      if found == nil { found = try pairs(size, kind) }
    case .sentencePieceLiteral:
      found = try pieces(size, .literal)
      if found == nil { found = try pairs(size, kind) }
    case .bytePair:
      found = try pairs(size, kind)
      if found == nil { found = try pieces(size, .judged) }
    case .wordPiece:
      found = try WordPieceVocabulary.metadata(files, size: size, named: options.preTokenizer)
    }
    guard let found else { throw missing() }
    for entry in found.entries { metadata[entry.key] = entry.value }
    if let preTokenizer = options.preTokenizer {
      metadata["tokenizer.ggml.pre"] = .string(ByteString(preTokenizer))
    }
    return metadata
  }

  private func pairs(_ size: Int?, _ kind: VocabularyKind) throws(ModelError) -> Metadata? {
    try BytePairVocabulary.metadata(
      files, size: size, named: options.preTokenizer, extra: kind.extraTokens)
  }

  private func pieces(_ size: Int?, _ style: AddedTokenStyle) throws(ModelError) -> Metadata? {
    guard let bytes = files.sentencePiece else { return nil }
    let file: SentencePieceFile
    do { file = try SentencePieceFile(bytes, in: files.folder + "/tokenizer.model") } catch {
      throw Self.error(error)
    }
    return try SentencePieceVocabulary.metadata(file, files, size: size, addedTokens: style)
  }

  private func missing() -> ModelError {
    ModelError(
      .unsupportedTokenizer, files.folder,
      "there is no tokenizer.model or tokenizer.json that can be used",
      hint: "the folder must be a whole checkpoint, with its tokenizer")
  }
}
