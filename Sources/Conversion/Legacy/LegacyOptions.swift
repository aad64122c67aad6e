package import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What a conversion of an old file may be told.
package struct LegacyOptions: Sendable {
  /// `general.name`.
  package var name: String?
  /// Epsilon of the root-mean-square norm; if nil, what the programs of the file's time had (GGML-26).
  package var rmsEpsilon: Float?
  /// The context that the model was trained for; 2048 if nil, where the file does not say.
  package var contextLength: Int?
  /// The base of the rotary positions; 10,000 if nil.
  package var ropeBase: Float?
  /// The encoding of tensors whose codes fit no block of today; `Q8_0` if nil.
  package var encoding: Encoding?
  /// `tokenizer.ggml.*` from elsewhere, instead of the file's own vocabulary.
  package var vocabulary: Metadata?
  /// What is to be said of that vocabulary.
  package var vocabularyNotes: [String] = []
  /// `tokenizer.ggml.pre`, instead of what the architecture comes with.
  package var preTokenizer: String?
  /// Entries as llama.cpp's `--metadata` takes them: an object of `general.*` keys.
  package var entries: JSONValue?
  /// Whether tensors are left out.
  package var isVocabularyOnly = false
  /// Whether tensors keep the file's own blocks, which GGUF cannot hold: for running the model as it is.
  package var keepsBlocks = false
  /// Whether a recipe will encode tensors anew, so that nothing is said of blocks without a place.
  package var isEncodedAnew = false
  /// Where the largest error of a scale is noted while payloads are read.
  package var report: LegacyReport?

  /// All from the file, or the usual values.
  package init() {}
}
