internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Token texts that are all different: llama.cpp ends the program on a file where two are not
/// (`llama-vocab.cpp`, `id_to_token.size() == token_to_id.size()`).
enum DistinctTokens {
  /// Gives fillers texts of their own; throws where two tokens in use have one text.
  static func enforce(in metadata: inout Metadata, folder: String) throws(ModelError) {
    let key: ByteString = "tokenizer.ggml.tokens"
    guard var texts = metadata[key]?.array?.strings,
      let kinds = metadata["tokenizer.ggml.token_type"]?.array?.integers
    else { return }
    var places: [ByteString: Int] = [:]
    places.reserveCapacity(texts.count)
    let filler = SentencePieceFile.Piece.Kind.unused.rawValue
    var fillers: [Int] = []
    for (id, text) in texts.enumerated() {
      if kinds.indices.contains(id), kinds[id] == Int(filler), text == "[PAD\(id)]" {
        fillers.append(id)
      } else if let other = places.updateValue(id, forKey: text) {
        throw ModelError(
          .unsupportedTokenizer, folder,
          "tokens \(other) and \(id) have one text, '\(text.text)'; readers of GGUF refuse that",
          hint: "give one of the two another text, or remove it from the tokenizer's files")
      }
    }
    var isChanged = false
    for id in fillers {
      while places[texts[id]] != nil {
        texts[id] = ByteString(texts[id].bytes + [0x5F])
        isChanged = true
      }
      places[texts[id]] = id
    }
    if isChanged { metadata[key] = .array(.strings(texts)) }
  }
}
