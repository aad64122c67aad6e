/// A way to store numbers: its name, its sizes, its loops, and what a planner asks about it.
///
/// There is one value for each, in `Table/`, and two are equal only if they are that same value. What
/// a file holds beyond these is an `opaque` one.
package final class Encoding: Sendable {
  /// The semantic identity as GGML spells it: `Q4_K`; `Q4_0.ggjt1` is another encoding.
  package let name: String
  /// The type id in a GGUF tensor table, if GGUF can hold it.
  package let ggufType: UInt32?
  /// The dtype in a safetensors header, if safetensors can hold it.
  package let safetensorsType: String?
  /// Elements held by one block; 1 for plain numbers.
  package let elementsPerBlock: Int
  /// Bytes of one block.
  package let bytesPerBlock: Int
  /// Fields of a block, as byte ranges, that a big-endian file stores in the reverse order.
  ///
  /// Nil where the block has no defined big-endian layout.
  package let wideFields: [Range<Int>]?
  /// The largest root-mean-square error of a round trip on the standard vector; read by the tests.
  package let roundTripBound: Float
  /// What the encoder makes of weights of importance.
  package let importance: ImportanceUse
  /// What takes its place where a row is not a whole number of blocks; nil where nothing does.
  package let fallback: Encoding?
  /// The time that encoding an element takes, in multiples of what `Q8_0` takes.
  package let cost: Int
  /// How the blocks of neighbouring rows are mixed, if they are.
  package let interleaving: Interleaving?
  /// The encoding of today that its codes fit, if there is one.
  package let repacking: Repacking?
  /// The encoder to use instead, where llama.cpp's is known to be wrong.
  package let amendment: Amendment?
  let codec: Codec
  private let isOpaque: Bool

  /// Describes an encoding.
  ///
  /// A plain number is one wide field unless `wideFields` says otherwise.
  init(
    _ name: String, gguf ggufType: UInt32? = nil, safetensors: String? = nil, elements: Int,
    bytes: Int, wideFields: [Range<Int>]? = nil, bound: Float = 0,
    importance: ImportanceUse = .none, fallback: Encoding? = nil, cost: Int = 1,
    codec: Codec = .sizeOnly, interleaving: Interleaving? = nil, repacking: Repacking? = nil,
    amendment: Amendment? = nil, isOpaque: Bool = false
  ) {
    self.name = name
    self.ggufType = ggufType
    self.safetensorsType = safetensors
    self.elementsPerBlock = elements
    self.bytesPerBlock = bytes
    self.wideFields = wideFields ?? (elements == 1 ? [0..<bytes] : nil)
    self.roundTripBound = bound
    self.importance = importance
    self.fallback = fallback
    self.cost = cost
    self.codec = codec
    self.interleaving = interleaving
    self.repacking = repacking
    self.amendment = amendment
    self.isOpaque = isOpaque
  }

  /// One that is known by name and size alone: the whole tensor is a block.
  package static func opaque(
    _ name: String, ggufType: UInt32, elements: Int, bytes: Int
  ) -> Encoding {
    Encoding(name, gguf: ggufType, elements: elements, bytes: bytes, isOpaque: true)
  }

  /// Storage of one element, in bits.
  package var bitsPerElement: Double { Double(bytesPerBlock * 8) / Double(elementsPerBlock) }
  /// Whether elements share a scale or a byte.
  package var isBlocked: Bool { elementsPerBlock > 1 }
  /// Whether rows of this many elements are whole blocks.
  package func divides(_ rowLength: Int) -> Bool { rowLength % elementsPerBlock == 0 }
}

/// What an encoder makes of weights of importance, and who insists on them.
package enum ImportanceUse: Int, Comparable, Sendable {
  /// The bytes do not depend on them.
  case none
  /// They weigh the errors.
  case helps
  /// llama-quantize refuses to go without, except in the output and the embeddings
  /// (llama-quant.cpp, `tensor_requires_imatrix`).
  case expected
  /// The encoder has no rule without them (ggml.c, `ggml_quantize_requires_imatrix`).
  case required

  package static func < (left: ImportanceUse, right: ImportanceUse) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension Encoding: Hashable {
  package static func == (left: Encoding, right: Encoding) -> Bool {
    if left === right { return true }
    // Nobody keeps a table of unknown types, so each file describes its own.
    return left.isOpaque && right.isOpaque && left.name == right.name
      && left.ggufType == right.ggufType && left.elementsPerBlock == right.elementsPerBlock
      && left.bytesPerBlock == right.bytesPerBlock
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Encoding: CustomStringConvertible {
  package var description: String { name }
}
