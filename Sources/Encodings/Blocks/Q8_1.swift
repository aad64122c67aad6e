internal import CWeighbridgeKernels

/// 32 elements: half `d`, half sum, signed bytes.
///
/// An intermediate of dot products.
package enum Q8_1: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_1", elementsPerBlock: 32, bytesPerBlock: 36,
    ggufType: 9)

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_q8_1_decode) }
}
