internal import CWeighbridgeKernels

/// 32 elements: half `d`, nibbles `q`; `(q − 8)·d`.
package enum Q4_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_0", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 2, wideFields: [0..<2], roundTripBound: 0.049)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_0_decode, encode: wb_q4_0_encode)
  }
}
