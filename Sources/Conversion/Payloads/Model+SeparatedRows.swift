internal import WeighbridgeModelIR

extension Model {
  /// The same model with all interleaved rows separated; a tensor that cannot be stays as it is.
  func separatingRows() -> Model {
    var result = self
    for (index, tensor) in tensors.enumerated() {
      guard let payload = SeparatedPayload(tensor.payload) else { continue }
      result.tensors[index] = Tensor(name: tensor.name, payload: payload)
    }
    return result
  }
}
