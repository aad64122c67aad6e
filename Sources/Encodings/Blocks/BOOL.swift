internal import CWeighbridgeKernels

/// A byte that is zero or one; decodes as an unsigned byte.
package enum BOOL: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "BOOL", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "BOOL")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u8_decode) }
}
