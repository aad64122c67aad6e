internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Where the integers of a quantized checkpoint go.
struct KeptCodes {
  /// What becomes of them.
  let fate: CodeFate
  /// Blocks that hold them; nil where none does.
  var blocks: (any TensorPayload)?
  /// What the blocks' numbers are multiplied with; none where they are as they are.
  var factors: [Float] = []
  /// The encoding that loses least, where they cannot be held.
  var nearest: Encoding?

  /// Nil where a tensor has no such integers.
  ///
  /// `encoding` is what was asked for; nil where that is left to the codes.
  static func of(
    _ tensor: Tensor, in encoding: Encoding?
  ) throws(ModelError) -> KeptCodes? {
    // Plain numbers are what the codes are worth, and need no look at them.
    if let encoding, !encoding.isBlocked { return nil }
    var held: HeldCodes
    do {
      let stored = try tensor.payload.heldCodes(in: encoding)
      if case .none = stored, encoding == nil {
        held = try GridDetection.find(tensor)
      } else {
        held = stored
      }
    } catch {
      throw ModelError(.invalidMetadata, error.source, error.message)
    }
    // Who can take the order up has done so before.
    if case .reordered = held { held = HeldCodes.outOfOrder }
    switch held {
    case .none, .reordered: return nil
    case .blocks(let payload, let error):
      return KeptCodes(fate: error == 0 ? .exact : .scalesRounded(error), blocks: payload)
    case .factored(let payload, let factors):
      return KeptCodes(fate: .exact, blocks: payload, factors: factors)
    case .unheld(let reason, let nearest, let loss):
      guard encoding == nil else {
        return KeptCodes(fate: .requantized("the type was asked for, and \(reason)"))
      }
      let fits = nearest.map { $0.divides(tensor.layout.shape.rowLength) } ?? false
      return KeptCodes(fate: .requantized(reason, loss: loss), nearest: fits ? nearest : nil)
    }
  }

  /// The recipe whose number and name a model of kept codes carries: that of the encoding which holds
  /// most of them.
  static func recipe(of model: Model, _ fates: [CodeFate?]) -> Recipe? {
    var sizes: [Encoding: UInt64] = [:]
    for (tensor, fate) in zip(model.tensors, fates) where fate != nil {
      sizes[tensor.layout.encoding, default: 0] &+= UInt64(tensor.layout.shape.elementCount)
    }
    let most = sizes.max { $0.value != $1.value ? $0.value < $1.value : $0.key.name > $1.key.name }
    return RecipeRegistry.all.first { $0.base == most?.key }
  }
}
