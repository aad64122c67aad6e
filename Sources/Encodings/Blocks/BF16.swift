internal import CWeighbridgeKernels

/// The upper half of a single: eight bits of exponent, seven of mantissa.
package enum BF16: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "BF16", elementsPerBlock: 1, bytesPerBlock: 2,
    ggufType: 30, safetensorsType: "BF16", roundTripBound: 0.0011)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_bf16_decode, encode: wb_bf16_encode)
  }
}
