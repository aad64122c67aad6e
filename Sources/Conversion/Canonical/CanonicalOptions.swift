package import WeighbridgeArchitectures
package import WeighbridgeByteIO
package import WeighbridgeJSON

/// How a checkpoint's metadata is made.
package struct CanonicalOptions: Sendable {
  /// `general.name`, instead of what the model card or the folder says.
  package var name: String?
  /// Entries as llama.cpp's `--metadata` takes them: an object of GGUF keys (`general.author`).
  package var metadata: JSONValue?
  /// Fields of `general.*` by their names without it, over those of `metadata`.
  package var authorship = JSONObject()
  /// Names and keys of an architecture that is not known here, or that differs.
  package var map: NameMap?
  /// `tokenizer.ggml.pre`, instead of what the tokenizer shows.
  package var preTokenizer: String?
  /// What the model is wanted for.
  package var purpose = Purpose.conversion
  /// Keys of `config.json` that may go without what they ask for.
  package var acceptedKeys: Set<String> = []
  /// The class or family that a checkpoint is read as, whatever its configuration names.
  package var familyName: String?
  /// Which part of a checkpoint is wanted.
  package var part = Part.text
  /// Whether tensors are left out.
  package var isVocabularyOnly = false
  /// Whether what GGUF has no exact place for is carried in the metadata, for the way back.
  package var isReversible = false
  /// What a file of before GGUF does not say.
  package var legacy = LegacyOptions()
  /// What the configuration files may ask for.
  package var limits = ReadLimits.default

  /// A part of a checkpoint that is a file of its own in GGUF.
  package enum Part: Hashable, Sendable {
    /// The text model.
    case text
    /// What sees or hears for it.
    case projector
  }

  /// What a canonical model is wanted for.
  package enum Purpose: Hashable, Sendable {
    /// To be written: numbers are made as llama.cpp's converter makes them.
    case conversion
    /// To be run: numbers are made as transformers makes them.
    case computation
  }

  /// Everything from the checkpoint.
  package init() {}
}
