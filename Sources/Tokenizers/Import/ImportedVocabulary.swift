internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// A tokenizer's files as GGUF metadata, with what the user should know.
package struct ImportedVocabulary: Sendable {
  /// The entries from `tokenizer.ggml.model` on.
  package var metadata: Metadata
  /// What could not be said in GGUF, or was not certain.
  package var notes: [String]

  /// Entries with what there is to say of them.
  package init(_ metadata: Metadata, notes: [String] = []) {
    self.metadata = metadata
    self.notes = notes
  }

  /// Reads whatever tokenizer the files hold, by their content; nil where there is none.
  ///
  /// `size` is the model's `vocab_size`, `named` the user's name for the rules that cut text into words.
  package init?(
    _ files: TokenizerFiles, size: Int? = nil, named: String? = nil
  ) throws(ModelError) {
    guard let found = try Self.read(files, size: size, named: named) else { return nil }
    self = try found.proven(by: files)
  }

  /// The same with token texts that readers accept, and proven on a text against the files.
  package func proven(by files: TokenizerFiles) throws(ModelError) -> ImportedVocabulary {
    var distinct = self
    try DistinctTokens.enforce(in: &distinct.metadata, folder: files.folder)
    return VocabularyProof.proven(distinct, files)
  }

  /// What the files hold, as it stands.
  package static func read(
    _ files: TokenizerFiles, size: Int?, named: String?
  ) throws(ModelError) -> ImportedVocabulary? {
    if let bytes = files.sentencePiece {
      return try pieces(bytes, files, size: size, named: named)
    }
    let model = files.tokenizer?["model"]
    let type = model?["type"]?.text
    if type == "Unigram" || type == nil && model?["vocab"]?.array != nil {
      return try UnigramVocabulary.metadata(files, size: size)
    }
    if type == "WordPiece" || type == nil && model?["continuing_subword_prefix"]?.text == "##" {
      return try WordPieceVocabulary.metadata(files, size: size, named: named)
        .map { ImportedVocabulary($0) }
    }
    return try BytePairVocabulary.metadata(files, size: size, named: named)
  }

  private static func pieces(
    _ bytes: [UInt8], _ files: TokenizerFiles, size: Int?, named: String?
  ) throws(ModelError) -> ImportedVocabulary {
    if TiktokenVocabulary.recognizes(bytes) {
      return try TiktokenVocabulary.metadata(bytes, files, size: size, named: named)
    }
    let file: SentencePieceFile
    do { file = try SentencePieceFile(bytes, in: files.folder + "/tokenizer.model") } catch {
      throw ModelError(.unsupportedTokenizer, error.source, error.message, hint: error.hint)
    }
    switch file.algorithm {
    case .bytePair:
      return ImportedVocabulary(try SentencePieceVocabulary.metadata(file, files, size: size))
    case .unigram:
      return ImportedVocabulary(try UnigramVocabulary.metadata(file, files, size: size))
    case .word, .character:
      throw ModelError(
        .unsupportedTokenizer, files.folder + "/tokenizer.model",
        "a SentencePiece model of whole words or single characters has no form in GGUF")
    }
  }
}
