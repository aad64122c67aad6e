package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// What becomes of the integers that a quantized weight is stored in, where blocks are to hold them.
package enum HeldCodes: Sendable {
  /// There are none: the numbers are plain, or in blocks already.
  case none
  /// Blocks with every integer unchanged. `scaleError` is the largest relative error of a scale, or of
  /// a minimum, that half precision rounds; 0 where the blocks are worth exactly what was stored.
  case blocks(any TensorPayload, scaleError: Float)
  /// Blocks with every integer and every scale unchanged, whose numbers are to be multiplied with a
  /// factor, one for each stacked matrix.
  case factored(any TensorPayload, factors: [Float])
  /// No block can hold them in the order that inputs have, but in that of their groups: the same numbers
  /// with the columns of every matrix taken from the places of `order`, one list behind the other.
  case reordered(any TensorPayload, order: [Int32])
  /// No block can hold them, why, and what loses least at their size; nil where only plain numbers do.
  /// `loss` is the norm of the error of blocks of bytes by that of the weights, where it was measured.
  case unheld(String, nearest: Encoding?, loss: Double? = nil)
}

extension HeldCodes {
  /// What comes of operators on rows: they do to blocks what they do to numbers.
  package func arranged(
    _ operation: (any TensorPayload) -> (any TensorPayload)?
  ) -> HeldCodes {
    switch self {
    case .none, .unheld: return self
    case .reordered: return Self.outOfOrder
    case .blocks(let payload, let error):
      guard let result = operation(payload) else { return Self.cut(payload) }
      return .blocks(result, scaleError: error)
    case .factored(let payload, let factors):
      guard let result = operation(payload) else { return Self.cut(payload) }
      return .factored(result, factors: factors)
    }
  }

  /// What is said of groups in the order of activations, where nothing can take that order up.
  package static let outOfOrder = HeldCodes.unheld(
    "inputs of a group are not neighbours (the order is that of activations)", nearest: .q8_0)

  private static func cut(_ payload: any TensorPayload) -> HeldCodes {
    .unheld(
      "the rows are cut or mixed on the way, and blocks cannot be",
      nearest: payload.layout.encoding)
  }

  /// What comes of payloads that are put together: blocks of one kind, or none.
  package static func together(
    _ parts: [any TensorPayload], _ encoding: Encoding?, isStack: Bool,
    _ operation: ([any TensorPayload]) -> (any TensorPayload)?
  ) throws(FormatError) -> HeldCodes {
    var held: [any TensorPayload] = []
    var largest: Float = 0
    var factors: [Float] = []
    var order: [Int32] = []
    for (index, part) in parts.enumerated() {
      switch try part.heldCodes(in: encoding) {
      case .none:
        guard index > 0 else { return .none }
        return .unheld("some of the parts have no codes", nearest: held.first?.layout.encoding)
      case .unheld(let reason, let nearest, let loss):
        return .unheld(reason, nearest: nearest, loss: loss)
      case .reordered(let payload, let own):
        // Stacked matrices have an order each.
        guard isStack, held.count == index, index == 0 || !order.isEmpty else { return outOfOrder }
        held.append(payload)
        order += own
      case .blocks(let payload, let error):
        held.append(payload)
        largest = max(largest, error)
      case .factored(let payload, let own):
        held.append(payload)
        factors += own
      }
    }
    guard order.isEmpty else {
      guard let result = operation(held), order.count % parts.count == 0,
        order.count / parts.count == result.layout.rowLength
      else { return outOfOrder }
      return .reordered(result, order: order)
    }
    // The smallest blocks of one part may be too small for another: the largest of them hold all.
    let widest = held.map(\.layout.encoding).max { $0.bitsPerElement < $1.bitsPerElement }
    if let widest, encoding == nil, held.contains(where: { $0.layout.encoding != widest }) {
      return try together(parts, widest, isStack: isStack, operation)
    }
    guard let result = operation(held) else {
      return .unheld("blocks of the parts cannot be put together", nearest: widest)
    }
    guard !factors.isEmpty else { return .blocks(result, scaleError: largest) }
    // What is joined shares a factor; stacked matrices have one each.
    if isStack, factors.count == parts.count { return .factored(result, factors: factors) }
    if let first = factors.first, factors.count == parts.count, factors.allSatisfy({ $0 == first })
    {
      return .factored(result, factors: [first])
    }
    return .unheld("parts that are joined have different factors", nearest: nil)
  }
}
