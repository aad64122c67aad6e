package import WeighbridgeByteIO
package import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeTokenizers

extension TokenizerFiles {
  /// Files of SentencePiece or of tiktoken, the first that is there counts.
  private static let pieceNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"]

  /// Reads the tokenizer's files in a folder; those that are not there stay empty.
  package static func read(_ folder: CheckpointFiles) throws(FormatError) -> TokenizerFiles {
    var files = TokenizerFiles(folder: folder.name)
    for name in pieceNames where files.sentencePiece == nil {
      files.sentencePiece = try folder.bytes(name)
    }
    files.tokenizer = try folder.json("tokenizer.json")
    files.configuration = try folder.json("tokenizer_config.json")
    files.addedTokens = try folder.json("added_tokens.json")
    files.model = try folder.json("config.json")
    for name in ["vocab.json", "encoder.json"] where files.vocabulary == nil {
      files.vocabulary = try folder.json(name)
    }
    for name in ["merges.txt", "vocab.bpe"] where files.merges == nil {
      files.merges = try folder.bytes(name).map { ByteString($0) }
    }
    if files.sentencePiece == nil, files.tokenizer == nil, files.vocabulary == nil,
      let name = folder.names.first(where: { $0.hasSuffix(".tiktoken") })
    {
      files.sentencePiece = try folder.bytes(name)
    }
    if let bytes = try folder.bytes("chat_template.jinja") {
      files.chatTemplate = ByteString(bytes)
    } else {
      files.processorTemplate = try folder.json("chat_template.json")?["chat_template"]?.string
    }
    for name in folder.names where name.hasPrefix("additional_chat_templates/") {
      guard name.hasSuffix(".jinja"), let bytes = try folder.bytes(name) else { continue }
      let stem = name.dropFirst("additional_chat_templates/".count).dropLast(".jinja".count)
      files.additionalTemplates.append((String(stem), ByteString(bytes)))
    }
    return files
  }

  /// A tokenizer's file by itself: `tokenizer.json`, a file of SentencePiece or of tiktoken.
  ///
  /// Nil where the bytes are none of them.
  package static func recognized(_ bytes: [UInt8], in name: String) -> TokenizerFiles? {
    var files = TokenizerFiles(folder: name)
    if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
      guard let document = try? JSONValue.parse(bytes, depth: 64),
        document["model"]?["vocab"] != nil
      else { return nil }
      files.tokenizer = document
    } else if TiktokenVocabulary.recognizes(bytes)
      || bytes.first == 0x0A && (try? SentencePieceFile(bytes, in: name)) != nil
    {
      files.sentencePiece = bytes
    } else {
      return nil
    }
    return files
  }
}
