internal import CWeighbridgeKernels

/// Eight bits: bias 16, no infinity, no negative zero, NaN at `0x80`.
package enum F8_E5M2FNUZ: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F8_E5M2FNUZ", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "F8_E5M2FNUZ")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f8_e5m2fnuz_decode) }
}
