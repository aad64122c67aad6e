internal import CWeighbridgeKernels

/// IEEE 754 double precision; decoding rounds to single.
package enum F64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F64", elementsPerBlock: 1, bytesPerBlock: 8,
    ggufType: 28, safetensorsType: "F64")

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_f64_decode) }
}
