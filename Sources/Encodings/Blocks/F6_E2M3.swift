/// Six bits: two of exponent, three of mantissa.
///
/// Known by its size: no order of packing is defined.
package enum F6_E2M3: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "F6_E2M3", elementsPerBlock: 4, bytesPerBlock: 3,
    safetensorsType: "F6_E2M3")
}
