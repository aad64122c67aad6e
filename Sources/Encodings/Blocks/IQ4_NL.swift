internal import CWeighbridgeKernels

/// 32 elements: half `d`, nibbles that index 16 uneven levels.
package enum IQ4_NL: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_NL", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 20, wideFields: [0..<2], roundTripBound: 0.046)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq4_nl_decode, encode: wb_iq4_nl_encode)
  }
}
