package import WeighbridgeEncodings

/// A mix of encodings: which tensor gets which, as llama.cpp chooses.
///
/// One value, one file, one line in `RecipeRegistry`.
package struct Recipe: Sendable {
  /// The name as in llama.cpp: `Q4_K_M`.
  package let name: String
  /// Other names for it.
  package let aliases: [String]
  /// `general.file_type`.
  package let fileType: UInt32
  /// What it costs; nil for a user's, which was never measured.
  package let cost: RecipeCost?
  /// The encoding of every tensor that no rule names.
  package let base: Encoding
  /// The encoding of the output, and of token embeddings that serve as output.
  package let output: Encoding
  /// The encoding of token embeddings beside an output of their own.
  package let embedding: Encoding
  /// How the recipe treats what it was not made for.
  package let kind: Kind
  /// Encodings that are useless without weights of importance in this recipe, beside those that are so
  /// everywhere.
  let demanding: Set<Encoding>
  /// The encoding of other tensors; nil for the base.
  let choose: @Sendable (RecipeContext) -> Encoding?

  /// Groups of recipes that share rules.
  package enum Kind: Hashable, Sendable {
    /// Plain numbers: no tensor is an exception.
    case plain
    /// Attention values of models with eight experts, or of 70B, get more bits than the rule says.
    case mixed
    /// Below three bits: the recipe's own rules hold for all models, and weights of importance are
    /// needed.
    case lowBit
    /// Experts in one encoding, all else in Q8_0.
    case experts
    /// A user's: one encoding for all that no rule names, and no exceptions.
    case uniform
  }

  init(
    _ name: String, aliases: [String] = [], fileType: UInt32, cost: RecipeCost? = nil,
    base: Encoding,
    output: Encoding = .q6_K, embedding: Encoding? = nil, kind: Kind = .mixed,
    demanding: Set<Encoding> = [],
    choose: @escaping @Sendable (RecipeContext) -> Encoding? = { _ in nil }
  ) {
    self.name = name
    self.aliases = aliases
    self.fileType = fileType
    self.cost = cost
    self.base = base
    self.output = output
    self.embedding = embedding ?? base
    self.kind = kind
    self.demanding = demanding
    self.choose = choose
  }

  /// Whether a tensor in `encoding` is useless without weights of importance (llama-quant.cpp,
  /// `tensor_requires_imatrix`).
  func needsImportance(_ encoding: Encoding) -> Bool {
    encoding.importance >= .expected || demanding.contains(encoding)
  }
}

/// What a recipe may look at to choose the encoding of a tensor.
struct RecipeContext {
  /// What the tensor does.
  let role: TensorRole
  /// The layer: counted, or taken from the name where a layer has several experts.
  let layer: Int
  /// The number of layers.
  let layerCount: Int
  /// The place among the tensors of attention values.
  let valueIndex: Int
  /// The number of tensors of attention values.
  let valueCount: Int
  /// Query heads that share a key head.
  let queriesPerKey: Int
  /// Experts of a layer.
  let expertCount: Int
  /// Whether the family is Falcon, which has rules of its own.
  let isFalcon: Bool
  /// Whether there is an importance matrix.
  let hasImportance: Bool

  /// Whether a place is among the first or last eighth, or every third between: the layers whose errors
  /// cost most, and a thin sample of the rest (llama-quant.cpp, `use_more_bits`).
  static func getsMoreBits(_ place: Int, of count: Int) -> Bool {
    place < count / 8 || place >= 7 * count / 8 || (place - count / 8) % 3 == 2
  }

  /// `getsMoreBits` for the layer.
  var layerGetsMoreBits: Bool { Self.getsMoreBits(layer, of: layerCount) }
  /// `getsMoreBits` for the place among attention values.
  var valueGetsMoreBits: Bool { Self.getsMoreBits(valueIndex, of: valueCount) }
  /// Whether the layer is in the first eighth.
  var isEarly: Bool { layer < layerCount / 8 }
  /// Whether the layer is in neither the first nor the last eighth.
  var isMiddle: Bool { layer >= layerCount / 8 && layer < 7 * layerCount / 8 }
  /// Whether four or more query heads share a key head (`n_gqa() >= 4`), so that more bits for values
  /// cost little.
  var isGrouped: Bool { queriesPerKey >= 4 }
  /// Whether a layer has eight experts, as in Mixtral.
  var hasEightExperts: Bool { expertCount == 8 }
}
