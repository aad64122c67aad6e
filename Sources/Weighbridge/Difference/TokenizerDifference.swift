package import WeighbridgeByteIO
package import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// What two vocabularies differ in.
package struct TokenizerDifference: Sendable {
  /// A token whose text, type or score differs.
  package struct Token: Hashable, Sendable {
    package let id: Int
    package let left: ByteString?
    package let right: ByteString?
    /// `text`, `type` or `score`.
    package let what: String
  }

  /// Texts that a vocabulary has and the other has not, and those that have other numbers.
  package private(set) var added: [Token] = []
  package private(set) var removed: [Token] = []
  package private(set) var changed: [Token] = []
  package private(set) var addedMerges = 0
  package private(set) var removedMerges = 0
  package private(set) var areMergesReordered = false
  /// A text that the two cut in other ways, with the ids of each.
  package private(set) var probe: (text: String, left: [Int], right: [Int])?
  package private(set) var count: (left: Int, right: Int)

  /// Whether nothing differs.
  package var isEmpty: Bool {
    added.isEmpty && removed.isEmpty && changed.isEmpty && addedMerges == 0 && removedMerges == 0
      && !areMergesReordered && probe == nil
  }

  /// The keys that are compared here.
  static let lists: Set<ByteString> = [
    "tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type",
    "tokenizer.ggml.merges",
  ]

  /// Texts in which vocabularies tend to differ.
  static let probes = [
    "Hello, World! It's 3.14159 or 2024-05-17.", " leading and  double   spaces\n\nand lines\t",
    "naïve café — „Straße“, ПРИВЕТ, 你好世界, こんにちは, 🙂👍🏽", "def f(x):\n    return x**2  # ok",
    "<|im_start|>user\nhi<|im_end|></s><s>", "1234567890 12 345", "don't WE'LL they're",
  ]

  /// Compares the vocabularies of two models' metadata.
  package init(_ left: Metadata, _ right: Metadata) {
    let own = left["tokenizer.ggml.tokens"]?.array?.strings ?? []
    let other = right["tokenizer.ggml.tokens"]?.array?.strings ?? []
    count = (own.count, other.count)
    guard !own.isEmpty || !other.isEmpty else { return }
    compare(own, other, left, right)
    compareMerges(left, right)
    guard let first = try? TextTokenizer.make(left), let second = try? TextTokenizer.make(right)
    else { return }
    for text in Self.probes {
      let bytes = Array(text.utf8)
      let (ids, others) = (first.encode(bytes), second.encode(bytes))
      guard ids != others else { continue }
      probe = (text, ids.map { Int($0) }, others.map { Int($0) })
      return
    }
  }

  private mutating func compare(
    _ own: [ByteString], _ other: [ByteString], _ left: Metadata, _ right: Metadata
  ) {
    let (first, second) = (Set(own), Set(other))
    let types = (
      left["tokenizer.ggml.token_type"]?.array, right["tokenizer.ggml.token_type"]?.array
    )
    let scores = (left["tokenizer.ggml.scores"]?.array, right["tokenizer.ggml.scores"]?.array)
    for id in 0..<max(own.count, other.count) {
      let text = id < own.count ? own[id] : nil
      let new = id < other.count ? other[id] : nil
      if text != new {
        if let text, !second.contains(text) {
          removed.append(Token(id: id, left: text, right: nil, what: "text"))
        }
        if let new, !first.contains(new) {
          added.append(Token(id: id, left: nil, right: new, what: "text"))
        }
        if let text, let new, second.contains(text) || first.contains(new) {
          changed.append(Token(id: id, left: text, right: new, what: "text"))
        }
        continue
      }
      if let own = types.0?.number(id)?.integer, let other = types.1?.number(id)?.integer,
        own != other
      {
        changed.append(
          Token(id: id, left: ByteString("\(own)"), right: ByteString("\(other)"), what: "type"))
      }
      if let own = scores.0?.number(id)?.float, let other = scores.1?.number(id)?.float,
        own != other
      {
        changed.append(
          Token(id: id, left: ByteString("\(own)"), right: ByteString("\(other)"), what: "score"))
      }
    }
  }

  private mutating func compareMerges(_ left: Metadata, _ right: Metadata) {
    let own = left["tokenizer.ggml.merges"]?.array
    let other = right["tokenizer.ggml.merges"]?.array
    guard own != other else { return }
    let (first, second) = (Set(own?.strings ?? []), Set(other?.strings ?? []))
    removedMerges = first.subtracting(second).count
    addedMerges = second.subtracting(first).count
    areMergesReordered = removedMerges == 0 && addedMerges == 0
  }
}
