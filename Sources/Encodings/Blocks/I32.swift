internal import CWeighbridgeKernels

/// A signed 32-bit integer; decoding rounds beyond 2^24.
package enum I32: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "I32", elementsPerBlock: 1, bytesPerBlock: 4,
    ggufType: 26, safetensorsType: "I32")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i32_decode) }
}
