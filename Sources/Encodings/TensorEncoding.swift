/// What a reader needs to know of an encoding before it touches a byte.
package struct EncodingTraits: Hashable, Sendable {
  /// The semantic identity as GGML spells it: `Q4_K`; `Q4_0.ggjt1` is another encoding.
  package let name: String
  /// Elements held by one block; 1 for plain numbers.
  package let elementsPerBlock: Int
  /// Bytes of one block.
  package let bytesPerBlock: Int
  /// The type id in a GGUF tensor table, if GGUF can hold it.
  package let ggufType: UInt32?
  /// The dtype in a safetensors header, if safetensors can hold it.
  package let safetensorsType: String?
  /// Fields of a block, as byte ranges, that a big-endian file stores in the reverse order.
  ///
  /// Nil where nobody has defined what the block looks like in a big-endian file.
  package let wideFields: [Range<Int>]?
  /// The largest root-mean-square error of a round trip on the standard vector; read by the tests.
  package let roundTripBound: Float

  /// Describes an encoding.
  ///
  /// A plain number is one wide field unless `wideFields` says otherwise.
  package init(
    name: String, elementsPerBlock: Int, bytesPerBlock: Int, ggufType: UInt32? = nil,
    safetensorsType: String? = nil, wideFields: [Range<Int>]? = nil, roundTripBound: Float = 0
  ) {
    self.name = name
    self.elementsPerBlock = elementsPerBlock
    self.bytesPerBlock = bytesPerBlock
    self.ggufType = ggufType
    self.safetensorsType = safetensorsType
    self.wideFields = wideFields ?? (elementsPerBlock == 1 ? [0..<bytesPerBlock] : nil)
    self.roundTripBound = roundTripBound
  }

  /// Storage of one element, in bits.
  package var bitsPerElement: Double { Double(bytesPerBlock * 8) / Double(elementsPerBlock) }
}

/// A way to store numbers.
///
/// A type without values: everything is static and known before a file is.
package protocol TensorEncoding: Sendable {
  /// The encoding's identity and sizes.
  static var traits: EncodingTraits { get }
}

/// An encoding whose blocks can be turned into floats.
package protocol DecodableEncoding: TensorEncoding {
  /// Decodes whole blocks. Total: every bit pattern decodes.
  ///
  /// `blocks.byteCount` is a multiple of `bytesPerBlock`, and `output.count` the matching number of
  /// elements; anything else is a bug of the caller and traps.
  static func decode(_ blocks: RawSpan, into output: inout MutableSpan<Float>)
}

/// An encoding that floats can be turned into.
package protocol QuantizableEncoding: DecodableEncoding {
  /// Encodes one row; `importance`, of the row's length, weighs each column's error.
  static func encode(
    _ row: Span<Float>, importance: Span<Float>?, into blocks: inout MutableRawSpan)

  /// Encodes consecutive rows of `rowLength` elements; every row has the same `importance`.
  ///
  /// The bytes are those of a call of `encode` for each row. Sizes that do not match trap.
  static func encodeRows(
    _ floats: Span<Float>, rowLength: Int, importance: Span<Float>?,
    into blocks: inout MutableRawSpan)
}

extension QuantizableEncoding {
  /// Encodes row after row.
  package static func encodeRows(
    _ floats: Span<Float>, rowLength: Int, importance: Span<Float>?,
    into blocks: inout MutableRawSpan
  ) {
    guard floats.count > 0 else { return }
    precondition(rowLength > 0 && floats.count % rowLength == 0, "part of a row")
    let bytes = rowLength / traits.elementsPerBlock * traits.bytesPerBlock
    for row in 0..<floats.count / rowLength {
      var target = blocks._mutatingExtracting(row * bytes..<(row + 1) * bytes)
      encode(
        floats.extracting(row * rowLength..<(row + 1) * rowLength), importance: importance,
        into: &target)
    }
  }
}
