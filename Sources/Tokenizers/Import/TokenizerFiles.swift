package import WeighbridgeByteIO
package import WeighbridgeJSON

/// The files of a checkpoint that say what its tokens are.
package struct TokenizerFiles: Sendable {
  /// What to call the folder in an error.
  package var folder: String
  /// `tokenizer.model`, of SentencePiece or of tiktoken.
  package var sentencePiece: [UInt8]?
  /// `tokenizer.json`.
  package var tokenizer: JSONValue?
  /// `tokenizer_config.json`.
  package var configuration: JSONValue?
  /// `added_tokens.json`.
  package var addedTokens: JSONValue?
  /// `config.json`.
  package var model: JSONValue?
  /// `chat_template.jinja`.
  package var chatTemplate: ByteString?
  /// The template in `chat_template.json`, which counts where nothing else gives one.
  package var processorTemplate: ByteString?
  /// The templates in `additional_chat_templates`, by name.
  package var additionalTemplates: [(name: String, template: ByteString)] = []
  /// `vocab.json`.
  package var vocabulary: JSONValue?
  /// `merges.txt`.
  package var merges: ByteString?

  /// No files.
  package init(folder: String) { self.folder = folder }
}
