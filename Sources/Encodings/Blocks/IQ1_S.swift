internal import CWeighbridgeKernels

/// 256 elements: groups of 8 ternary values from a codebook of 2048, 1.56 bits.
package enum IQ1_S: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ1_S", elementsPerBlock: 256, bytesPerBlock: 50,
    ggufType: 19, roundTripBound: 0.30)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq1_s_decode, encode: wb_iq1_s_encode)
  }
}
