/// IEEE 754 single precision, little-endian.
public enum F32: QuantizableEncoding {
  /// The encoding's identity and sizes.
  public static let traits = EncodingTraits(
    name: "F32", elementsPerBlock: 1, bytesPerBlock: 4, ggufType: 0, safetensorsType: "F32")

  /// Decodes whole blocks; see `DecodableEncoding`.
  public static func decode(_ blocks: RawSpan, into output: inout MutableSpan<Float>) {
    precondition(blocks.byteCount == output.count * 4)
    blocks.withUnsafeBytes { source in
      output.withUnsafeMutableBufferPointer { target in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      }
    }
  }

  /// Encodes one row; see `QuantizableEncoding`.
  public static func encode(
    _ row: Span<Float>, importance: Span<Float>?, into blocks: inout MutableRawSpan
  ) {
    precondition(blocks.byteCount == row.count * 4)
    row.withUnsafeBufferPointer { source in
      blocks.withUnsafeMutableBytes { target in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(source))
      }
    }
  }
}
