internal import CWeighbridgeKernels

/// An unsigned 32-bit integer; decoding rounds beyond 2^24.
package enum U32: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "U32", elementsPerBlock: 1, bytesPerBlock: 4,
    safetensorsType: "U32")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u32_decode) }
}
