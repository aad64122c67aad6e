internal import CWeighbridgeKernels

/// 32 elements of E2M1 with a shared power of two.
package enum MXFP4: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "MXFP4", elementsPerBlock: 32, bytesPerBlock: 17,
    ggufType: 39, wideFields: [], roundTripBound: 0.07)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_mxfp4_decode, encode: wb_mxfp4_encode)
  }
}
