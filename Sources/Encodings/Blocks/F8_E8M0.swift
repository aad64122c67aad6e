internal import CWeighbridgeKernels

/// Eight bits of exponent: 2^(e − 127); NaN at `0xFF`.
package enum F8_E8M0: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F8_E8M0", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "F8_E8M0")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f8_e8m0_decode) }
}
