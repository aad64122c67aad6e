internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Token types of byte-level vocabularies written in August 2023.
///
/// Writers of that time gave the type "byte" (6) to the letters that stand for bytes. In a byte-level
/// vocabulary all text is bytes, and such letters are tokens like any other: today's llama.cpp ends with
/// an exception where it meets the type there (GGUF-25).
enum ByteLevelTokens {
  private static let byte = 6
  private static let normal: Int32 = 1

  /// The model with those tokens as normal ones, and a note that says so; others stay as they are.
  static func retyped(_ model: Model) -> Model {
    let key: ByteString = "tokenizer.ggml.token_type"
    guard model.metadata["tokenizer.ggml.model"]?.string == "gpt2",
      let types = model.metadata[key]?.array?.integers, types.contains(byte)
    else { return model }
    var result = model
    result.metadata[key] = .array(
      .int32(types.map { $0 == byte ? normal : Int32(clamping: $0) }))
    result.problems.append(
      Diagnostic(
        .note, "byte-tokens", at: key.text,
        "\(types.count { $0 == byte }) tokens had the type of bytes, which a byte-level vocabulary does "
          + "not have and llama.cpp refuses; they are normal tokens now"))
    return result
  }
}
