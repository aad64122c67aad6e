/// An encoding whose reference encoder, that of llama.cpp, is known to be wrong for some blocks.
///
/// `encode` gives the reference's bytes all the same, as exactness is defined by them; `amended` is the
/// encoder that is right, and `misencodedBlocks` says how much hangs on the choice.
package protocol AmendableEncoding: QuantizableEncoding {
  /// The encoder that is right for every block, and equal to this one where this one is.
  static var amended: any QuantizableEncoding.Type { get }

  /// How many blocks of these floats the reference's encoder gets wrong; `floats` are whole blocks.
  static func misencodedBlocks(in floats: Span<Float>) -> Int
}
