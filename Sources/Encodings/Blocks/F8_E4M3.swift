internal import CWeighbridgeKernels

/// Eight bits: bias 7, no infinity, largest 448, NaN at `0x7F` and `0xFF`.
package enum F8_E4M3: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F8_E4M3", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "F8_E4M3")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f8_e4m3_decode) }
}
