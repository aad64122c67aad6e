internal import CWeighbridgeKernels

/// 64 elements of E2M1 in four groups, each with an E4M3 scale.
package enum NVFP4: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "NVFP4", elementsPerBlock: 64, bytesPerBlock: 36,
    ggufType: 40, wideFields: [], roundTripBound: 0.061)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_nvfp4_decode, encode: wb_nvfp4_encode)
  }
}
