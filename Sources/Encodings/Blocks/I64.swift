internal import CWeighbridgeKernels

/// A signed 64-bit integer; decoding rounds beyond 2^24.
package enum I64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "I64", elementsPerBlock: 1, bytesPerBlock: 8,
    ggufType: 27, safetensorsType: "I64")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i64_decode) }
}
