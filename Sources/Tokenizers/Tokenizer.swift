package import WeighbridgeModelIR

/// A way to cut text into tokens.
///
/// A new one is a file and a line in `TokenizerRegistry`.
package protocol Tokenizer: Sendable {
  /// The name in `tokenizer.ggml.model`.
  static var ggufName: String { get }
  /// Reads the vocabulary and all else that it needs.
  init(_ metadata: Metadata) throws(ModelError)
  /// The tokens.
  var vocabulary: Vocabulary { get }
  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  ///
  /// `atStart` says that the stretch begins the text or follows a special token. Total: every
  /// sequence of bytes has tokens, valid UTF-8 or not.
  func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID])
  /// The bytes of the text that a token stands for.
  func piece(_ id: TokenID) -> [UInt8]
  /// Whether the text of a first token begins with a space that `encode` has put there.
  var addsSpacePrefix: Bool { get }
}

/// Every tokenizer.
package enum TokenizerRegistry {
  /// All tokenizers.
  package static let all: [any Tokenizer.Type] = [
    SentencePieceBPE.self, BytePair.self, PlainBytePair.self, WordPiece.self, Unigram.self,
    RWKVTrie.self,
  ]

  /// The tokenizer with a name in `tokenizer.ggml.model`.
  package static func named(_ name: String) -> (any Tokenizer.Type)? {
    all.first { $0.ggufName.utf8.elementsEqual(name.utf8) }
  }
}
