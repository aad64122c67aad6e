package import WeighbridgeEncodings

/// How a model is to be run, for an estimate of its memory.
package struct MemoryRequest: Sendable {
  /// Positions that are kept: the context.
  package var context: Int
  /// How keys and values are kept.
  package var keyType = Encoding.f16
  package var valueType = Encoding.f16
  /// Tokens that are computed at once (llama.cpp's `--ubatch-size`).
  package var batch = 512
  /// Layers on the GPU, the output counted as one; nil where all memory is the same.
  package var gpuLayers: Int?

  /// A context with everything else as llama.cpp has it.
  package init(context: Int) { self.context = context }
}
