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
    var metadata = Metadata()
    switch kind {
    case .sentencePiece(let addsSpacePrefix):
      if addsSpacePrefix, let adds = files.configuration?["add_prefix_space"]?.bool {
        metadata["tokenizer.ggml.add_space_prefix"] = .bool(adds)
      }
      guard let bytes = files.sentencePiece else { throw missing("tokenizer.model") }
      do throws(FormatError) {
        let file = try SentencePieceFile(bytes, in: files.folder + "/tokenizer.model")
        for entry in try vocabulary(file).entries { metadata[entry.key] = entry.value }
      } catch { throw Self.error(error) }
    case .bytePair, .wordPiece: throw missing("tokenizer.json")
    }
    if let preTokenizer = options.preTokenizer {
      metadata["tokenizer.ggml.pre"] = .string(ByteString(preTokenizer))
    }
    return metadata
  }

  private func vocabulary(_ file: SentencePieceFile) throws(FormatError) -> Metadata {
    do { return try SentencePieceVocabulary.metadata(file, files, size: size) } catch {
      throw FormatError(.invalidValue, error.message, in: error.subject, hint: error.hint)
    }
  }

  private func missing(_ name: String) -> ModelError {
    ModelError(
      .unsupportedTokenizer, files.folder, "there is no \(name) that can be used",
      hint: "the folder must be a whole checkpoint, with its tokenizer")
  }
}
