internal import CWeighbridgeKernels

/// 32 elements: half `d`, fifth bits, nibbles; `(q − 16)·d`.
package enum Q5_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q5_0", elementsPerBlock: 32, bytesPerBlock: 22,
    ggufType: 6, roundTripBound: 0.024)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_0_decode, encode: wb_q5_0_encode)
  }
}
