internal import CWeighbridgeKernels

/// IEEE 754 half precision.
package enum F16: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F16", elementsPerBlock: 1, bytesPerBlock: 2,
    ggufType: 1, safetensorsType: "F16", roundTripBound: 0.00013)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_f16_decode, encode: wb_f16_encode)
  }
}
