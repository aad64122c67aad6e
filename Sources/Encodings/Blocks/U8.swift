internal import CWeighbridgeKernels

/// An unsigned byte.
package enum U8: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "U8", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "U8")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u8_decode) }
}
