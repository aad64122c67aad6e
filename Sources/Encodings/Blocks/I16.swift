internal import CWeighbridgeKernels

/// A signed 16-bit integer.
package enum I16: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "I16", elementsPerBlock: 1, bytesPerBlock: 2,
    ggufType: 25, safetensorsType: "I16")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i16_decode) }
}
