internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// A scheme of quantized weights that checkpoints come in.
package protocol QuantizedSource: Sendable {
  /// What to call it.
  static var name: String { get }
  /// Whether a `quantization_config` speaks of this scheme.
  static func recognizes(_ scheme: JSONValue) -> Bool
  /// The model's tensors with the scheme undone.
  ///
  /// Weights are computed when they are read; tensors that only the scheme has a use for are gone.
  static func plainTensors(of model: Model, _ scheme: JSONValue) throws(ModelError) -> [Tensor]
}

/// Every scheme; a new one is a file beside this and a line here.
package enum QuantizedSourceRegistry {
  /// All schemes.
  package static let all: [any QuantizedSource.Type] = [
    FP8.self, GPTQ.self, AWQ.self, CompressedTensors.self, BitsAndBytes.self, MXFP4.self,
    MLX.self, ModelOpt.self, HQQ.self, Quark.self, TorchAO.self, BitNet.self, AutoRound.self,
  ]

  /// What a configuration says of quantized weights, under the names that it has had.
  package static func scheme(_ configuration: JSONValue) -> JSONValue? {
    let keys: [ByteString] = ["quantization_config", "compression_config", "quantization"]
    return keys.lazy.compactMap { configuration[$0] ?? configuration["text_config"]?[$0] }
      .first { !$0.isNull && $0.object?.count != 0 }
  }

  /// The model with plain weights; itself where they are.
  package static func plain(
    _ model: Model, _ configuration: JSONValue
  ) throws(ModelError) -> Model {
    guard let scheme = scheme(configuration) else {
      try RefusedScheme.check(model)
      return model
    }
    // What compressed-tensors calls dense is not compressed: plain weights.
    let parts: [ByteString] = [".weight_packed", ".weight_scale"]
    let isPacked = model.tensors.contains { tensor in
      parts.contains { tensor.name.hasSuffix($0) }
    }
    if scheme["format"]?.text == "dense", !isPacked { return model }
    guard let source = all.first(where: { $0.recognizes(scheme) }) else {
      throw RefusedScheme.error(scheme)
    }
    var plain = model
    plain.tensors = try source.plainTensors(of: model, scheme)
    return plain
  }
}
