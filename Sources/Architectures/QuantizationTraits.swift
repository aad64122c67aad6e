/// What quantizing a family differs in: what `llama-quantize` knows of its architecture beyond names
/// and shapes (src/llama-quant.cpp).
package struct QuantizationTraits: Sendable {
  /// Whether a model with that many layers counts as one of 70 B, whose values get more bits; `isGrouped`
  /// says whether several query heads share a key head.
  package var isLarge: @Sendable (_ layers: Int, _ isGrouped: Bool) -> Bool = { _, _ in false }
  /// Whether recipes treat it as Falcon: its second matrices suffer more, its output is of 8 bits.
  package var isFalcon = false
  /// Parts of names of tensors that stay as they are.
  package var kept: [String] = []
  /// Parts of names of tensors that never get below 8 bits.
  package var eightBits: [String] = []
  /// Whether a tensor of three dimensions holds experts only where it is a feed-forward matrix.
  package var expertsAreNetworks = false

  /// Whether a conversion rounds every matrix to its type, those before experts too.
  package var convertsAllMatrices = false

  /// Those of most families: what a family differs in is set in the closure.
  package init(_ change: (inout QuantizationTraits) -> Void = { _ in }) { change(&self) }
}
