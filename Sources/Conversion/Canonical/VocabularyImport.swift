internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Finds a checkpoint's tokenizer and turns it into metadata.
struct VocabularyImport {
  private let files: TokenizerFiles
  private let options: CanonicalOptions
  private let configuration: Configuration

  /// Reads the tokenizer's files.
  init(
    _ folder: CheckpointFiles, _ configuration: Configuration, _ options: CanonicalOptions
  ) throws(ModelError) {
    do { files = try TokenizerFiles.read(folder) } catch { throw Self.error(error) }
    self.options = options
    self.configuration = configuration
  }

  private static func error(_ error: FormatError) -> ModelError {
    ModelError(.unsupportedTokenizer, error.source, error.message, hint: error.hint)
  }

  /// The entries for the tokenizer that a family comes with.
  func metadata(for kind: VocabularyKind) throws(ModelError) -> ImportedVocabulary {
    let size = try configuration.optionalCount(of: kind.sizes)
      .map { ($0 + kind.multiple - 1) / kind.multiple * kind.multiple }
    var metadata = Metadata()
    for entry in kind.leading { metadata[ByteString(entry.key)] = entry.value }
    if kind.readsSpacePrefix, let adds = files.configuration?["add_prefix_space"]?.bool {
      metadata["tokenizer.ggml.add_space_prefix"] = .bool(adds)
    }
    var found: ImportedVocabulary?
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
    case .plainBytePair:
      found = try BytePairVocabulary.plain(files)
      if found == nil { found = try pieces(size, .judged) }
    case .shiftedPieces: found = try shiftedPieces(size)
    case .wordPiece:
      found = try WordPieceVocabulary.metadata(files, size: size, named: options.preTokenizer)
        .map { ImportedVocabulary($0) }
      // Where config.json does not say, the class does; a reader refuses tensors of another number.
      if let types = try configuration.optionalCount("type_vocab_size") {
        found?.metadata["tokenizer.ggml.token_type_count"] = .uint32(UInt32(clamping: types))
      }
    }
    guard var found else { throw missing() }
    for entry in found.metadata.entries { metadata[entry.key] = entry.value }
    if let preTokenizer = options.preTokenizer {
      metadata["tokenizer.ggml.pre"] = .string(ByteString(preTokenizer))
    }
    found.metadata = metadata
    return try found.proven(by: files)
  }

  private func pairs(
    _ size: Int?, _ kind: VocabularyKind
  ) throws(ModelError) -> ImportedVocabulary? {
    // Files of tiktoken and of unigram models go by what they are, whatever the family's habit.
    let model = files.tokenizer?["model"]
    if model?["type"]?.text == "Unigram" {
      return try ImportedVocabulary.read(files, size: size, named: options.preTokenizer)
    }
    return try BytePairVocabulary.metadata(
      files, size: size, named: options.preTokenizer, extra: kind.extraTokens)
  }

  private func pieces(
    _ size: Int?, _ style: AddedTokenStyle
  ) throws(ModelError) -> ImportedVocabulary? {
    guard let bytes = files.sentencePiece else { return nil }
    if TiktokenVocabulary.recognizes(bytes) {
      return try ImportedVocabulary.read(files, size: size, named: options.preTokenizer)
    }
    let file: SentencePieceFile
    do { file = try SentencePieceFile(bytes, in: files.folder + "/tokenizer.model") } catch {
      throw Self.error(error)
    }
    guard file.algorithm == .bytePair else {
      return try ImportedVocabulary.read(files, size: size, named: options.preTokenizer)
    }
    return ImportedVocabulary(
      try SentencePieceVocabulary.metadata(file, files, size: size, addedTokens: style))
  }

  private func shiftedPieces(_ size: Int?) throws(ModelError) -> ImportedVocabulary? {
    let types = try configuration.optionalCount("type_vocab_size") ?? 1
    var found = try UnigramVocabulary.shifted(files, size: size)
    if found == nil { found = try ImportedVocabulary.read(files, size: size, named: nil) }
    guard let vocabulary = found else { return nil }
    // How many kinds of texts there are stands behind the first key of the steps before the model.
    var metadata = Metadata()
    for entry in vocabulary.metadata.entries {
      metadata[entry.key] = entry.value
      if entry.key == "tokenizer.ggml.add_space_prefix" {
        metadata["tokenizer.ggml.token_type_count"] = .uint32(UInt32(types))
      }
    }
    return ImportedVocabulary(metadata, notes: vocabulary.notes)
  }

  private func missing() -> ModelError {
    ModelError(
      .unsupportedTokenizer, files.folder,
      "there is no tokenizer.model or tokenizer.json that can be used",
      hint: "the folder must be a whole checkpoint, with its tokenizer")
  }
}
