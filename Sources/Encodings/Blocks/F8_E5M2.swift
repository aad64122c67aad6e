internal import CWeighbridgeKernels

/// Eight bits: bias 15, with infinities and NaN as in IEEE 754.
package enum F8_E5M2: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F8_E5M2", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "F8_E5M2")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f8_e5m2_decode) }
}
