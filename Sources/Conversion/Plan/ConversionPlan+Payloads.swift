package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

extension ConversionPlan {
  /// The same plan with other ways to the bytes of some tensors; a payload of another layout is a bug.
  package func replacing(_ payloads: [ByteString: any TensorPayload]) -> ConversionPlan {
    var model = model
    for index in model.tensors.indices {
      guard let payload = payloads[model.tensors[index].name] else { continue }
      precondition(payload.layout == model.tensors[index].layout)
      model.tensors[index].payload = payload
    }
    return ConversionPlan(model: model, rows: rows, recipe: recipe, notes: notes)
  }

  /// The same plan with more metadata at the end.
  package func adding(_ entries: [(key: ByteString, value: MetadataValue)]) -> ConversionPlan {
    var model = model
    for entry in entries {
      model.metadata[entry.key] = nil
      model.metadata[entry.key] = entry.value
    }
    return ConversionPlan(model: model, rows: rows, recipe: recipe, notes: notes)
  }
}

extension ConversionPlan {
  /// A plan that encodes one tensor of a model and keeps all else; nil where it cannot be encoded so.
  package static func single(
    _ tensor: Tensor, as target: Encoding, in model: Model
  ) -> ConversionPlan? {
    guard
      let encoded = try? Reencoding.apply(target, to: tensor, importance: nil, clamps: true)
    else { return nil }
    var model = model
    for index in model.tensors.indices where model.tensors[index].name == tensor.name {
      model.tensors[index] = encoded
    }
    return ConversionPlan(model: model, rows: [], recipe: target.name, notes: [])
  }
}

extension TensorTypeRule {
  /// Whether the rule is about a tensor.
  package func matches(_ name: String) -> Bool {
    guard let regex = try? regex() else { return false }
    return (try? regex.firstMatch(in: name)) ?? nil != nil
  }
}
