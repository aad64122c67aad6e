internal import ByteIO
internal import ModelIR

/// Byte-level tokens of GGUF files of before October 2023, which held the bytes themselves where today's
/// hold GPT-2's letters for them (GGML-28).
enum EarlyTokens {
  private static let tokensKey: ByteString = "tokenizer.ggml.tokens"

  /// Merges that are looked at.
  private static let sampleCount = 64

  /// The same model with the tokens in letters, where the merges are in letters and the tokens are not.
  static func spelled(_ model: Model) -> Model {
    guard model.metadata["tokenizer.ggml.model"]?.string == "gpt2",
      let tokens = model.metadata[tokensKey]?.array?.strings,
      let merges = model.metadata["tokenizer.ggml.merges"]?.array?.strings,
      areBytes(tokens, merges)
    else { return model }
    var result = model
    result.metadata[tokensKey] = .array(
      .strings(tokens.map { ByteString(ByteAlphabet.text($0.bytes)) }))
    if model.metadata["tokenizer.ggml.pre"] == nil,
      model.metadata["general.architecture"]?.string == "falcon"
    {
      result.metadata["tokenizer.ggml.pre"] = .string("falcon")
    }
    result.problems.append(
      Problem(
        .warning, "early-tokens", at: tokensKey.text,
        "the tokens are bytes, as before October 2023; they become the letters that are expected today"
      ))
    return result
  }

  /// Whether every sampled merge makes a token by its bytes, and one at least makes none by its letters.
  private static func areBytes(_ tokens: [ByteString], _ merges: [ByteString]) -> Bool {
    let known = Set(tokens)
    var isNew = false
    for merge in merges.prefix(sampleCount) {
      // A space stands between the two, and none within either.
      let letters = ByteString(merge.bytes.filter { $0 != 0x20 })
      guard let text = letters.validatedText, let bytes = ByteAlphabet.bytes(text),
        known.contains(ByteString(bytes))
      else { return false }
      if !known.contains(letters) { isNew = true }
    }
    return isNew
  }
}
