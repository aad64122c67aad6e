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
    if let bytes = files.sentencePiece {
      if TiktokenVocabulary.recognizes(bytes) {
        self = try TiktokenVocabulary.metadata(bytes, files, size: size, named: named)
        return
      }
      let file: SentencePieceFile
      do { file = try SentencePieceFile(bytes, in: files.folder + "/tokenizer.model") } catch {
        throw ModelError(.unsupportedTokenizer, error.source, error.message, hint: error.hint)
      }
      if file.algorithm == .bytePair {
        self.init(try SentencePieceVocabulary.metadata(file, files, size: size))
      } else {
        self.init(try UnigramVocabulary.metadata(file, files, size: size))
      }
      return
    }
    let model = files.tokenizer?["model"]
    let type = model?["type"]?.text
    if type == "Unigram" || type == nil && model?["vocab"]?.array != nil {
      guard let found = try UnigramVocabulary.metadata(files, size: size) else { return nil }
      self = found
    } else if type == "WordPiece"
      || type == nil && model?["continuing_subword_prefix"]?.text == "##"
    {
      guard let found = try WordPieceVocabulary.metadata(files, size: size, named: named) else {
        return nil
      }
      self.init(found)
    } else {
      guard let found = try BytePairVocabulary.metadata(files, size: size, named: named) else {
        return nil
      }
      self = found
    }
  }
}
