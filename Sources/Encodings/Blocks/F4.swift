internal import CWeighbridgeKernels

/// Four bits, E2M1: ±{0, ½, 1, 1½, 2, 3, 4, 6}; two to a byte, the low nibble first.
package enum F4: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F4", elementsPerBlock: 2, bytesPerBlock: 1,
    safetensorsType: "F4")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f4_decode) }
}
