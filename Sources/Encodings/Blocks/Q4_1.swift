internal import CWeighbridgeKernels

/// 32 elements: half `d`, half `m`, nibbles `q`; `q·d + m`.
package enum Q4_1: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_1", elementsPerBlock: 32, bytesPerBlock: 20,
    ggufType: 3, wideFields: [0..<2, 2..<4], roundTripBound: 0.042)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_1_decode, encode: wb_q4_1_encode)
  }
}
