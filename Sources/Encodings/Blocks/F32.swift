internal import CWeighbridgeKernels

/// IEEE 754 single precision, little-endian.
package enum F32: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F32", elementsPerBlock: 1, bytesPerBlock: 4,
    ggufType: 0, safetensorsType: "F32")

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_f32_decode, encode: wb_f32_encode)
  }
}
