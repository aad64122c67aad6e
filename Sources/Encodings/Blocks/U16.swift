internal import CWeighbridgeKernels

/// An unsigned 16-bit integer.
package enum U16: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "U16", elementsPerBlock: 1, bytesPerBlock: 2,
    safetensorsType: "U16")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u16_decode) }
}
