internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A part of a layer: what it finds in the metadata, which matrices it needs, how it runs.
///
/// Each is one file in `Parts/` and one name in `LayerParts.all`; a layer is a list of those that its
/// tensors show, so that a hybrid is data. A part's description lies beside its execution, here and not
/// in `Architectures`: whoever changes one changes the other, and nobody else reads it. What a family
/// knows beyond its files, `DecoderTraits`, is data of `Architectures`.
///
/// There is one dynamic call for each layer and part; what runs for each token is in the kernels.
/// Whoever wants derivatives (calibration) adds to a part's file what goes back through it.
protocol LayerPart: Sendable {
  /// The part of a layer; nil where the layer has no such part.
  ///
  /// Throws where it has one of which something is missing, or has another size.
  static func find(_ site: LayerSite) throws(InferenceError) -> Self?

  /// What it does in a layer.
  static var role: PartRole { get }

  /// Every matrix that hidden states, or what is made of them, are multiplied with.
  var linears: [Linear] { get }

  /// What it needs of the workspace.
  var need: PartNeed { get }

  /// Whether it still reads its input when it adds to its output, which may not be the same memory.
  var readsInputThroughout: Bool { get }

  /// output (+)= part(input): [tokens, width] → [tokens, width].
  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError)
}

extension LayerPart {
  var readsInputThroughout: Bool { false }
}

/// What a part does in a layer.
enum PartRole: Hashable, Sendable {
  /// Tokens see each other.
  case mixer
  /// Tokens see those of another text.
  case crossMixer
  /// Each token by itself.
  case network
  /// Each token by itself, in the sum with the mixer's output.
  case besideMixer
  /// Each token by itself, in a sum of its own at the end of the layer.
  case addition
}

/// What a part needs of the workspace for a token, in floats.
struct PartNeed: Hashable, Sendable {
  /// Columns of `Workspace.wide`.
  var wide = 0
  /// Columns of `Workspace.mixed`.
  var mixed = 0
  /// Groups and widths of keys and values that are packed.
  var keys: Keys?
  /// Keys that are chosen, where a window has more.
  var chosen = 0

  /// Keys and values of a window.
  struct Keys: Hashable, Sendable {
    let groups: Int
    let keyWidth: Int
    let valueWidth: Int
  }
}

/// Every part that a layer can have.
enum LayerParts {
  /// All of them, in the order in which parts of one layer run.
  static let all: [any LayerPart.Type] = [
    Attention.self, LatentAttention.self, GatedDeltaNet.self, KimiDeltaAttention.self,
    StateSpace.self, StateSpaceDuality.self, ShortConvolution.self, GatedNetwork.self,
    Experts.self, Laurel.self, PerLayerEmbedding.self, CrossAttention.self,
  ]
}

/// Where parts are looked for: one layer of a model.
struct LayerSite {
  /// Metadata, shapes and the family's traits.
  let facts: DecoderFacts
  let weights: WeightTable
  /// How the model normalizes, where nothing else is said.
  let normalization: DecoderDescription.Normalization
  /// Which layer; lists of the metadata have an element for each.
  let index: Int
  /// What the names of the layer's tensors begin with: `blk.0.`.
  let prefix: String

  /// What no metadata says.
  var traits: DecoderTraits { facts.traits }
  /// Elements of a hidden state.
  var width: Int { facts.width }

  /// What the names of the first layer's tensors begin with.
  var firstPrefix: String { facts.traits.layerPrefix + "blk.0." }

  /// Whether a tensor of the layer is there.
  func has(_ name: String) -> Bool { facts.has(prefix + name) }

  /// Rows of a tensor of the layer.
  func rows(_ name: String) -> Int? { facts.rows(prefix + name) }

  /// Elements of a tensor's rows.
  func rowLength(_ name: String) -> Int? { facts.rowLength(prefix + name) }

  /// Elements of a tensor of the layer.
  func elements(_ name: String) -> Int? { facts.elements(prefix + name) }

  /// A matrix of the layer: `attn_q.weight`.
  func linear(_ name: String, outputs: Int, inputs: Int) throws(InferenceError) -> Linear {
    try weights.linear(prefix + name, outputs: outputs, inputs: inputs)
  }

  /// Matrices that are stacked in one tensor.
  func experts(
    _ name: String, count: Int, outputs: Int, inputs: Int
  ) throws(InferenceError) -> [Linear] {
    try weights.experts(prefix + name, count: count, outputs: outputs, inputs: inputs)
  }

  /// A small tensor as one row; nil where it is not there.
  func vector(_ name: String, length: Int) throws(InferenceError) -> Matrix? {
    try weights.vector(prefix + name, length: length)
  }

  /// A small tensor as one row.
  func required(_ name: String, length: Int) throws(InferenceError) -> Matrix {
    try weights.required(prefix + name, length: length)
  }

  /// A normalization with the weight of the first of some names that is there (`attn_norm`).
  func norm(_ names: String..., length: Int? = nil) throws(InferenceError) -> NormWeights? {
    if let name = names.first(where: { has($0 + ".weight") }) {
      return try weights.norm(prefix + name, length: length ?? width, normalization)
    }
    // The converter writes a norm of Falcon H1 without the last part of its name.
    guard let name = names.first(where: { has($0) }) else { return nil }
    return NormWeights(
      weight: try weights.vector(prefix + name, length: length ?? width), bias: nil,
      kind: normalization)
  }
}

/// Reads facts, whose errors are the model's.
func describing<Result>(
  _ body: () throws(ModelError) -> Result
) throws(InferenceError) -> Result {
  do { return try body() } catch { throw .model(error) }
}
