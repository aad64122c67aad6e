internal import CWeighbridgeKernels

/// An unsigned 64-bit integer; decoding rounds beyond 2^24.
package enum U64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "U64", elementsPerBlock: 1, bytesPerBlock: 8,
    safetensorsType: "U64")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u64_decode) }
}
