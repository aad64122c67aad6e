public import Architectures
public import ByteIO
public import JSON

/// How a checkpoint's metadata is made.
public struct CanonicalOptions: Sendable {
  /// `general.name`, instead of what the model card or the folder says.
  public var name: String?
  /// Entries as llama.cpp's `--metadata` takes them: an object of GGUF keys (`general.author`).
  public var metadata: JSONValue?
  /// Fields of `general.*` by their names without it, over those of `metadata`.
  public var authorship = JSONObject()
  /// Names and keys of an architecture that is not known here, or that differs.
  public var map: NameMap?
  /// `tokenizer.ggml.pre`, instead of what the tokenizer shows.
  public var preTokenizer: String?
  /// Whether tensors are left out.
  public var isVocabularyOnly = false
  /// Whether what GGUF has no exact place for is carried in the metadata, for the way back.
  public var isReversible = false
  /// What a file of before GGUF does not say.
  public var legacy = LegacyOptions()
  /// What the configuration files may ask for.
  public var limits = ReadLimits.default

  /// Everything from the checkpoint.
  public init() {}
}
