internal import CWeighbridgeKernels

/// 16 elements: half `d`, nibbles in pairs; GGJT v1 only.
package enum Q4_2: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_2", elementsPerBlock: 16, bytesPerBlock: 10,
    ggufType: 4)

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_q4_2_decode) }
}
