internal import CWeighbridgeKernels

/// A signed byte.
package enum I8: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "I8", elementsPerBlock: 1, bytesPerBlock: 1,
    ggufType: 24, safetensorsType: "I8")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i8_decode) }
}
