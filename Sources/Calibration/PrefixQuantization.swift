internal import WeighbridgeByteIO
package import WeighbridgeConversion
package import WeighbridgeInference
internal import WeighbridgeModelIR

extension CalibratedQuantization {
  /// Encodes layer by layer, and within a layer group by group of matrices that share their input, each
  /// for what the encoded ones before give it: statistics are those of the encoded model so far, and
  /// weights move to make up for its drift.
  ///
  /// The text walks through every layer once more for each of its groups. Experts, and what else has no
  /// input that all tokens share, stay as `run` has encoded them: `plain`.
  package func runOnPrefix(
    after plain: (plan: ConversionPlan, outcomes: [Outcome]), on windows: TokenWindows
  ) throws(InferenceError) -> (plan: ConversionPlan, outcomes: [Outcome]) {
    let decoder = try Decoder(reference)
    let encoder = try TensorEncoder(self, stage: 1)
    let embedding: ByteString = "token_embd.weight"
    let isTied = decoder.headTensor == embedding
    var payloads: [ByteString: any TensorPayload] = [:]
    // Everything follows the embedding, which was encoded by how much the loss feels it.
    payloads[embedding] = plain.plan.model.tensor(named: embedding)?.payload
    let walk = try PairedWalk(
      decoder, Decoder(reference.replacing(payloads)), windows, options: options)
    options.progress.begin(
      "walking", total: UInt64(decoder.layerCount + 1) * UInt64(windows.tokenCount), unit: .tokens)
    defer { options.progress.end() }
    for layer in 0..<decoder.layerCount {
      var group = 0
      while let inputs = try walk.collect(
        layer: layer, group: group, Decoder(reference.replacing(payloads)))
      {
        try encode(inputs, encoder)
        payloads.merge(encoder.payloads) { $1 }
        group += 1
      }
      for tensor in plain.plan.model.tensors where tensor.name.hasPrefix("blk.\(layer).") {
        if payloads[tensor.name] == nil { payloads[tensor.name] = tensor.payload }
      }
      try walk.advance(layer: layer, Decoder(reference.replacing(payloads)))
      options.progress.advance(by: UInt64(windows.tokenCount))
    }
    if !isTied, let inputs = try walk.collectHead(Decoder(reference.replacing(payloads))) {
      try encode(inputs, encoder)
      payloads.merge(encoder.payloads) { $1 }
    }
    options.progress.advance(by: UInt64(windows.tokenCount))
    let own = Set(encoder.outcomes.map(\.name))
    return (
      plan.replacing(payloads),
      encoder.outcomes + plain.outcomes.filter { !own.contains($0.name) }
    )
  }

  private func encode(
    _ inputs: PairedWalk.Inputs, _ encoder: TensorEncoder
  ) throws(InferenceError) {
    var moments: [MatrixKey: Moments] = [:]
    for key in inputs.keys { moments[key] = inputs.moments }
    try encoder.encode(moments, drift: inputs.drift)
  }
}

extension Model {
  /// The same with other payloads of some tensors.
  func replacing(_ payloads: [ByteString: any TensorPayload]) -> Model {
    var model = self
    for index in model.tensors.indices {
      guard let payload = payloads[model.tensors[index].name] else { continue }
      model.tensors[index].payload = payload
    }
    return model
  }
}
