public import JSON
public import ModelIR

/// What a conversion of an old file may be told.
public struct LegacyOptions: Sendable {
  /// `general.name`.
  public var name: String?
  /// Epsilon of the root-mean-square norm; if nil, what the programs of the file's time had (GGML-26).
  public var rmsEpsilon: Float?
  /// The context that the model was trained for; 2048 if nil, where the file does not say.
  public var contextLength: Int?
  /// The base of the rotary positions; 10,000 if nil.
  public var ropeBase: Float?
  /// The encoding of tensors whose codes fit no block of today; by GGML's name, `Q8_0` if nil.
  public var encoding: String?
  /// `tokenizer.ggml.*` from elsewhere, instead of the file's own vocabulary.
  public var vocabulary: Metadata?
  /// What is to be said of that vocabulary.
  public var vocabularyNotes: [String] = []
  /// `tokenizer.ggml.pre`, instead of what the architecture comes with.
  public var preTokenizer: String?
  /// Entries as llama.cpp's `--metadata` takes them: an object of `general.*` keys.
  public var entries: JSONValue?
  /// Whether tensors are left out.
  public var isVocabularyOnly = false
  /// Whether tensors keep the file's own blocks, which GGUF cannot hold: for running the model as it is.
  public var keepsBlocks = false
  /// Whether a recipe will encode tensors anew, so that nothing is said of blocks without a place.
  public var isEncodedAnew = false
  /// Where the largest error of a scale is noted while payloads are read.
  public var report: LegacyReport?

  /// All from the file, or the usual values.
  public init() {}
}
