internal import CWeighbridgeKernels

/// 16 elements: half `d`, half `m`, nibbles in pairs; GGJT v1 only.
package enum Q4_3: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_3", elementsPerBlock: 16, bytesPerBlock: 12,
    ggufType: 5)

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_q4_3_decode) }
}
