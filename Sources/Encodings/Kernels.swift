internal import CWeighbridgeKernels

/// The C loops of an encoding; with `firstNonFinite`, the one place where spans become pointers.
@safe package struct BlockKernels: Sendable {
  let decode: wb_decode_fn
  let encode: wb_encode_fn?

  /// Loops of an encoding that can be read and, if `encode` is given, written.
  init(decode: @escaping wb_decode_fn, encode: wb_encode_fn? = nil) {
    unsafe self.decode = decode
    unsafe self.encode = encode
  }
}

/// An encoding that C loops decode.
package protocol KernelDecodableEncoding: DecodableEncoding {
  /// The loops.
  static var kernels: BlockKernels { get }
}

/// An encoding that C loops decode and encode.
package protocol KernelQuantizableEncoding: KernelDecodableEncoding, QuantizableEncoding {}

extension KernelDecodableEncoding {
  /// Decodes whole blocks; sizes that do not match trap.
  package static func decode(_ blocks: RawSpan, into output: inout MutableSpan<Float>) {
    let traits = Self.traits
    let count = blocks.byteCount / traits.bytesPerBlock
    precondition(blocks.byteCount == count * traits.bytesPerBlock, "part of a block")
    precondition(output.count == count * traits.elementsPerBlock, "output of another size")
    guard count > 0 else { return }
    let kernels = Self.kernels
    unsafe blocks.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe kernels.decode(from, count, to)
      }
    }
  }
}

extension KernelQuantizableEncoding {
  /// Encodes one row.
  package static func encode(
    _ row: Span<Float>, importance: Span<Float>?, into blocks: inout MutableRawSpan
  ) {
    encodeRows(row, rowLength: row.count, importance: importance, into: &blocks)
  }

  /// Encodes whole rows in one call; sizes that do not match trap.
  package static func encodeRows(
    _ floats: Span<Float>, rowLength: Int, importance: Span<Float>?,
    into blocks: inout MutableRawSpan
  ) {
    guard floats.count > 0 else { return }
    let traits = Self.traits
    precondition(rowLength > 0 && floats.count % rowLength == 0, "part of a row")
    precondition(rowLength % traits.elementsPerBlock == 0, "part of a block")
    precondition(
      blocks.byteCount == floats.count / traits.elementsPerBlock * traits.bytesPerBlock,
      "output of another size")
    precondition((importance?.count ?? rowLength) == rowLength, "importance of another width")
    let rows = floats.count / rowLength
    guard let encode = unsafe Self.kernels.encode else { preconditionFailure("no encoder") }
    unsafe floats.withUnsafeBufferPointer { source in
      unsafe blocks.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        guard let importance else {
          unsafe encode(from, rows, rowLength, nil, to)
          return
        }
        unsafe importance.withUnsafeBufferPointer { weights in
          unsafe encode(from, rows, rowLength, weights.baseAddress, to)
        }
      }
    }
  }
}

extension EncodingRegistry {
  /// The index of the first NaN or infinity, or nil.
  package static func firstNonFinite(in floats: Span<Float>) -> Int? {
    let index = unsafe floats.withUnsafeBufferPointer { source -> Int in
      guard let from = source.baseAddress else { return -1 }
      return unsafe wb_first_nonfinite(from, source.count)
    }
    return index < 0 ? nil : index
  }
}
