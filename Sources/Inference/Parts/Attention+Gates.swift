internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

// Outputs that are multiplied with a sigmoid: of what stands behind a head's queries, or of what a
// matrix makes of the hidden state.
extension Attention {
  /// What makes the gate of the output of a hidden state, where that has a matrix of its own.
  static func outputGate(
    _ description: AttentionDescription, _ site: LayerSite
  ) throws(InferenceError) -> [Linear] {
    guard description.hasOutputGate else { return [] }
    return [
      try site.linear(
        "attn_gate.weight", outputs: description.heads * description.valueWidth,
        inputs: site.width)
    ]
  }

  /// Multiplies each head's output with the sigmoid of what stands behind its queries.
  func gate(_ mixed: Matrix, _ queries: Matrix, on walk: DecoderWalk) {
    let (width, value) = (description.keyWidth, description.valueWidth)
    walk.forRows(mixed.rows) { rows in
      for head in 0..<description.heads {
        let start = 2 * head * width + width
        let gate = queries.rows(rows).columns(start..<start + value)
        let part = mixed.rows(rows).columns(head * value..<(head + 1) * value)
        gate.activate(INFERENCE_SIGMOID, times: part)
        part.copy(gate)
      }
    }
  }

  /// Multiplies the output with the sigmoid of a gate.
  func gate(_ mixed: Matrix, by gate: Matrix, on walk: DecoderWalk) {
    walk.forRows(mixed.rows) { rows in
      let part = gate.rows(rows)
      part.activate(INFERENCE_SIGMOID, times: mixed.rows(rows))
      mixed.rows(rows).copy(part)
    }
  }
}
