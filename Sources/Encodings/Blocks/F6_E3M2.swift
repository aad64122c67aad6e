/// Six bits: three of exponent, two of mantissa.
///
/// Known by its size: no order of packing is defined.
package enum F6_E3M2: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F6_E3M2", elementsPerBlock: 4, bytesPerBlock: 3,
    safetensorsType: "F6_E3M2")
}
