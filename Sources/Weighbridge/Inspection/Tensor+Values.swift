package import WeighbridgeModelIR

extension Tensor {
  /// Its values, row by row, also where rows were interleaved for certain CPUs; nil where they cannot be
  /// decoded.
  package var values: FloatRows? {
    FloatRows(payload) ?? SeparatedPayload(payload).flatMap { FloatRows($0) }
  }
}
