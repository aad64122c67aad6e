internal import WeighbridgeByteIO
internal import WeighbridgeTokenizers

/// Text into tokens and back, as a model's vendor means it.
///
/// A checkpoint's `tokenizer.json` or `tokenizer.model` decides where there is one; else GGUF's metadata
/// do, read as llama.cpp reads them.
public struct ModelTokenizer: Sendable {
  private let input: TokenizerInput

  /// Opens the tokenizer of a model, or a tokenizer's file or folder by itself.
  public init(_ location: Location) throws(WeighbridgeError) {
    input = try publicly { try TokenizerInput(location.text) }
  }

  /// What was noticed on the way.
  public var diagnostics: [Diagnostic] { input.diagnostics }
  /// How many tokens there are.
  public var count: Int { input.named.vocabulary.tokens.count }
  /// The token that begins a text; nil where the model wants none.
  public var beginToken: Int32? { input.named.beginToken }

  /// A token's name, as the vocabulary spells it; nil for one that is outside of it.
  public func name(of token: Int32) -> String? {
    let tokens = input.named.vocabulary.tokens
    return tokens.indices.contains(Int(token)) ? tokens[Int(token)].text : nil
  }

  /// The tokens of a text, which need not be UTF-8.
  ///
  /// With `addsSpecial` those stand around it that the model wants there; with `parsesSpecial` names of
  /// special tokens in the text are taken for the tokens.
  public func encode(
    _ text: [UInt8], addsSpecial: Bool = true, parsesSpecial: Bool = true
  ) -> [Int32] {
    input.encode(text, addSpecial: addsSpecial, parseSpecial: parsesSpecial)
  }

  /// The tokens of a conversation that a chat template has rendered, as transformers cuts them.
  public func encode(conversation text: String) -> [Int32] { input.encode(conversation: text) }

  /// The bytes that tokens stand for, with the names of special tokens or without.
  ///
  /// Throws where a token is outside the vocabulary.
  public func decode(
    _ tokens: [Int32], namesSpecial: Bool = false
  ) throws(WeighbridgeError) -> [UInt8] {
    if let stranger = tokens.first(where: { name(of: $0) == nil }) {
      throw WeighbridgeError(
        RequestError(message: "token \(stranger) is outside the vocabulary of \(count)"))
    }
    return input.named.decode(tokens, special: namesSpecial)
  }
}
