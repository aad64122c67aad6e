package import WeighbridgeByteIO

/// A `tokenizer.model` of SentencePiece: its pieces, and what it does to text before.
package struct SentencePieceFile: Hashable, Sendable {
  /// One piece of the vocabulary.
  package struct Piece: Hashable, Sendable {
    /// What a piece is for; the numbers are those of the file and of GGUF.
    package enum Kind: Int32, Hashable, Sendable {
      case normal = 1
      case unknown, control, userDefined, unused, byte
    }
    /// The text, with U+2581 for a space.
    package let text: ByteString
    /// The logarithm of its probability, or its negative rank.
    package let score: Float
    /// What it is for.
    package let kind: Kind
  }

  /// How pieces are chosen.
  package enum Algorithm: UInt64, Hashable, Sendable {
    case unigram = 1
    case bytePair, word, character
  }

  /// The pieces; a piece's place is its id.
  package private(set) var pieces: [Piece] = []
  /// How pieces are chosen.
  package private(set) var algorithm = Algorithm.unigram
  /// Whether a space is put before the text, or after it (`addsSpaceBehind`).
  package private(set) var addsSpacePrefix = true
  /// Whether the space that is put to a text goes behind it.
  package private(set) var addsSpaceBehind = false
  /// Whether a space is written as U+2581.
  package private(set) var escapesSpaces = true
  /// Whether what no piece holds becomes the pieces of its bytes.
  package private(set) var fallsBackToBytes = false
  /// Whether runs of spaces become one.
  package private(set) var removesExtraSpaces = true
  /// The compiled table of characters to replace.
  package private(set) var characterMap: [UInt8] = []

  /// Reads the bytes of a file; `source` is what to call them in an error.
  ///
  /// Throws a `FormatError` where they are not a vocabulary.
  package init(_ bytes: [UInt8], in source: String) throws(FormatError) {
    var reader = ProtobufReader(bytes, 0..<bytes.count, in: source)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): pieces.append(try Self.piece(bytes, range, source))
      case (2, .bytes(let range)): try readTrainer(bytes, range, source)
      case (3, .bytes(let range)): try readNormalizer(bytes, range, source)
      default: continue
      }
    }
    guard !pieces.isEmpty else {
      throw FormatError(
        .notThisFormat, "no vocabulary of SentencePiece is in it", in: source,
        hint: "tokenizer.model must be the file that SentencePiece wrote")
    }
  }

  private static func piece(
    _ bytes: [UInt8], _ range: Range<Int>, _ source: String
  ) throws(FormatError) -> Piece {
    var reader = ProtobufReader(bytes, range, in: source)
    var text: ByteString?
    var score: Float = 0
    var kind = Piece.Kind.normal
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)):
        guard String(validating: bytes[range], as: UTF8.self) != nil else {
          throw reader.fault(.invalidUTF8, "a piece is not valid UTF-8")
        }
        text = ByteString(Array(bytes[range]))
      case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard number <= 6, let known = Piece.Kind(rawValue: Int32(number)) else {
          throw reader.fault(.invalidValue, "a piece is of kind \(number)")
        }
        kind = known
      default: continue
      }
    }
    guard let text else { throw reader.fault(.invalidValue, "a piece has no text") }
    return Piece(text: text, score: score, kind: kind)
  }

  private mutating func readTrainer(
    _ bytes: [UInt8], _ range: Range<Int>, _ source: String
  ) throws(FormatError) {
    var reader = ProtobufReader(bytes, range, in: source)
    while let (field, value) = try reader.next() {
      guard case .number(let number) = value else { continue }
      switch field {
      case 3:
        guard let known = Algorithm(rawValue: number) else {
          throw reader.fault(.invalidValue, "the kind of vocabulary is \(number)")
        }
        algorithm = known
      case 24: addsSpaceBehind = number != 0
      case 35: fallsBackToBytes = number != 0
      default: continue
      }
    }
  }

  private mutating func readNormalizer(
    _ bytes: [UInt8], _ range: Range<Int>, _ source: String
  ) throws(FormatError) {
    var reader = ProtobufReader(bytes, range, in: source)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let range)): characterMap = Array(bytes[range])
      case (3, .number(let number)): addsSpacePrefix = number != 0
      case (4, .number(let number)): removesExtraSpaces = number != 0
      case (5, .number(let number)): escapesSpaces = number != 0
      default: continue
      }
    }
  }
}
