internal import CWeighbridgeKernels

/// 32 elements: half `d`, signed bytes `q`, value `q·d`.
///
/// Importance does not change it.
package enum Q8_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_0", elementsPerBlock: 32, bytesPerBlock: 34,
    ggufType: 8, wideFields: [0..<2], roundTripBound: 0.0032)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q8_0_decode, encode: wb_q8_0_encode)
  }
}
