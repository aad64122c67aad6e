internal import WeighbridgeByteIO

/// A layer's part that gradients can go back through.
protocol ReversiblePart: LayerPart {
  /// Why this one has no reverse; nil where it has one.
  var obstacle: String? { get }

  /// The part with all of its matrices decoded.
  func decoded(on walk: DecoderWalk, workers: Int) throws(FormatError) -> any PartReverse
}

/// A part of a layer for one window at a time, forward and back.
protocol PartReverse: Sendable {
  /// output += part(input), [tokens, width], where `output` holds zeros; what the reverse needs of it.
  func apply(_ input: Matrix, into output: Matrix) -> any Sendable

  /// input += the gradient at the input, from that at the output; the store sees the gradient at the
  /// output of every matrix, of tokens that begin at `first` of the batch.
  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, _ store: GradientStore, first: Int,
    into input: Matrix)
}
