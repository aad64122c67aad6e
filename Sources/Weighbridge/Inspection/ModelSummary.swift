internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// The figures of a model that every report begins with.
package struct ModelSummary {
  /// What is stored in one encoding.
  package struct EncodingShare {
    package let name: String
    package var tensors = 0
    package var elements: UInt64 = 0
    package var bytes: UInt64 = 0
  }

  package let parameters: UInt64
  package let tensorBytes: UInt64
  package let fileBytes: UInt64
  /// In the order of their bytes, largest first.
  package let encodings: [EncodingShare]

  package init(_ model: Model) {
    var shares: [String: EncodingShare] = [:]
    var order: [String] = []
    for tensor in model.tensors {
      let name = tensor.layout.encoding.name
      if shares[name] == nil { order.append(name) }
      var share = shares[name] ?? EncodingShare(name: name)
      share.tensors += 1
      share.elements &+= UInt64(tensor.layout.shape.elementCount)
      share.bytes &+= tensor.layout.byteCount
      shares[name] = share
    }
    encodings = order.compactMap { shares[$0] }.sorted { $0.bytes > $1.bytes }
    parameters = StoredParameters.count(model)
    tensorBytes = model.tensorBytes
    fileBytes = model.origin.files.reduce(0) { $0 &+ $1.byteCount }
  }

  /// Bits of tensor data per parameter.
  package var bitsPerWeight: Double {
    parameters == 0 ? 0 : Double(tensorBytes) * 8 / Double(parameters)
  }
}
