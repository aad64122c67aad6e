internal import CWeighbridgeKernels

/// 32 elements: half `d`, half `m`, fifth bits, nibbles; `q·d + m`.
package enum Q5_1: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q5_1", elementsPerBlock: 32, bytesPerBlock: 24,
    ggufType: 7, roundTripBound: 0.02)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_1_decode, encode: wb_q5_1_encode)
  }
}
