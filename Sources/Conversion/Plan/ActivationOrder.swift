internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Groups in the order of activations (`desc_act`), where a network can take that order up for nothing.
///
/// The inner dimension of a feed-forward network has no order that anything outside sees: what the matrix
/// down has as inputs, gate and up have as outputs. With both in the order of the groups, the products are
/// the same, and groups are runs of neighbours, which blocks hold.
enum ActivationOrder {
  /// Endings of the matrix down behind `ffn_down`.
  private static let endings = [".weight", "_exps.weight", "_shexp.weight"]

  /// The model with such networks turned; the same where there is none.
  static func absorbed(_ model: Model) throws(ModelError) -> Model {
    var result = model
    var places: [ByteString: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() { places[tensor.name] = index }
    var count = 0
    for (index, tensor) in model.tensors.enumerated() {
      let name = tensor.name.text
      guard let ending = endings.first(where: { name.hasSuffix("ffn_down" + $0) }) else { continue }
      let held: HeldCodes
      do { held = try tensor.payload.heldCodes(in: nil) } catch {
        throw ModelError(.invalidMetadata, error.source, error.message)
      }
      guard case .reordered(let down, let order) = held,
        let network = Network(
          String(name.dropLast(ending.count + "down".count)), ending, model, places),
        let turned = network.turned(by: order, inner: tensor.layout.rowLength)
      else { continue }
      result.tensors[index].payload = down
      for (place, payload) in turned { result.tensors[place].payload = payload }
      count += 1
    }
    if count > 0 {
      result.problems.append(
        Diagnostic(
          .note, "inner-order", at: "desc_act",
          "\(count) feed-forward \(count == 1 ? "network has" : "networks have") the inner dimension in "
            + "the order of the groups, so that codes are kept; the products are the same"))
    }
    return result
  }

  /// The tensors before a matrix down.
  private struct Network {
    /// Those whose outputs, or elements, are the inner dimension.
    private let tensors: [(place: Int, tensor: Tensor)]

    /// Nil where another tensor than gate, up and their biases may be of the inner dimension.
    init?(_ prefix: String, _ ending: String, _ model: Model, _ places: [ByteString: Int]) {
      let bias = ending.dropLast("weight".count) + "bias"
      var known: Set<ByteString> = []
      for part in ["gate", "up"] {
        for end in [ending, String(bias)] { known.insert(ByteString(prefix + part + end)) }
      }
      let found = places.filter { known.contains($0.key) }.map(\.value).sorted()
      tensors = found.map { ($0, model.tensors[$0]) }
      // An activation's parameters, a norm inside: whatever else there is for these neurons.
      let inside = ["act", "sub_norm"].contains { part in
        places.keys.contains { $0.hasPrefix(ByteString(prefix + part)) }
      }
      guard !inside, tensors.contains(where: { $0.tensor.name.hasSuffix("weight") }) else {
        return nil
      }
    }

    /// The same tensors with outputs in another order; nil where one has not as many.
    func turned(by order: [Int32], inner: Int) -> [(Int, any TensorPayload)]? {
      var result: [(Int, any TensorPayload)] = []
      for (place, tensor) in tensors {
        let dimensions = tensor.layout.shape.dimensions
        let isVector = dimensions.count == 1
        let rows = isVector ? tensor.layout.shape.elementCount : tensor.layout.rowCount
        // Gate and up in one matrix are two halves.
        guard inner > 0, rows == order.count || (rows == 2 * inner && order.count == inner),
          rows < Int(Int32.max), isVector || tensor.name.hasSuffix("weight")
        else { return nil }
        let table = (0..<rows).map { row in
          Int32(row / inner * inner) + order[order.count == inner ? row % inner : row]
        }
        guard let payload = ArrangedPayload(tensor.payload, table: table, shape: dimensions)
        else { return nil }
        result.append((place, payload))
      }
      return result
    }
  }
}
