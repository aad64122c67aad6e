internal import CWeighbridgeKernels

/// 256 elements: groups of 8 ternary values from a codebook of 2048, 1.75 bits.
package enum IQ1_M: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ1_M", elementsPerBlock: 256, bytesPerBlock: 56,
    ggufType: 29, roundTripBound: 0.28)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq1_m_decode, encode: wb_iq1_m_encode)
  }
}
