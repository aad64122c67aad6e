/// A complex number of two singles.
///
/// Known by its size: it is not one float.
package enum C64: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "C64", elementsPerBlock: 1, bytesPerBlock: 8,
    safetensorsType: "C64")
}
