internal import CWeighbridgeKernels

/// 256 elements in 8 sub-blocks: 6-bit scales, nibbles that index 16 uneven levels.
package enum IQ4_XS: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_XS", elementsPerBlock: 256, bytesPerBlock: 136,
    ggufType: 23, roundTripBound: 0.047)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq4_xs_decode, encode: wb_iq4_xs_encode)
  }
}
