public import ByteIO
public import JSON

/// The files of a checkpoint that say what its tokens are.
public struct TokenizerFiles: Sendable {
  /// What to call the folder in an error.
  public var folder: String
  /// `tokenizer.model`, of SentencePiece or of tiktoken.
  public var sentencePiece: [UInt8]?
  /// `tokenizer.json`.
  public var tokenizer: JSONValue?
  /// `tokenizer_config.json`.
  public var configuration: JSONValue?
  /// `added_tokens.json`.
  public var addedTokens: JSONValue?
  /// `config.json`.
  public var model: JSONValue?
  /// `chat_template.jinja`, or the template in `chat_template.json`.
  public var chatTemplate: ByteString?
  /// The templates in `additional_chat_templates`, by name.
  public var additionalTemplates: [(name: String, template: ByteString)] = []
  /// `vocab.json`.
  public var vocabulary: JSONValue?
  /// `merges.txt`.
  public var merges: ByteString?

  /// No files.
  public init(folder: String) { self.folder = folder }
}
