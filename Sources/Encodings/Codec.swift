internal import CWeighbridgeKernels

/// The C loops of an encoding; none where only its size is known.
@safe struct Codec: Sendable {
  let decode: wb_decode_fn?
  let encode: wb_encode_fn?

  init(_ decode: wb_decode_fn? = nil, _ encode: wb_encode_fn? = nil) {
    unsafe self.decode = decode
    unsafe self.encode = encode
  }

  /// Nothing but the size is known.
  static let sizeOnly = unsafe Codec()
}

extension Encoding {
  /// Turns blocks into floats; nil where the blocks cannot be read.
  package var decoder: Decoder? {
    guard let loop = unsafe codec.decode else { return nil }
    return unsafe Decoder(encoding: self, loop: loop)
  }

  /// Turns floats into blocks, as llama.cpp does; nil where nothing writes such blocks.
  package var encoder: Encoder? { Encoder(self, codec) }

  /// Proof that an encoding can be read.
  @safe package struct Decoder: Sendable {
    package let encoding: Encoding
    fileprivate let loop: wb_decode_fn
  }

  /// Proof that an encoding can be written; whatever can be written can be read.
  @safe package struct Encoder: Sendable {
    /// Reads what this has written.
    package let decoder: Decoder
    private let loop: wb_encode_fn

    init?(_ encoding: Encoding, _ codec: Codec) {
      guard let decode = unsafe codec.decode, let encode = unsafe codec.encode else { return nil }
      unsafe self.decoder = Decoder(encoding: encoding, loop: decode)
      unsafe self.loop = encode
    }

    package var encoding: Encoding { decoder.encoding }
  }
}

// With `firstNonFiniteIndex` and `Repacking`, the places where spans become pointers.

extension Encoding.Decoder {
  /// Decodes whole blocks.
  ///
  /// Total: every bit pattern decodes.
  ///
  /// `blocks.byteCount` is a multiple of `bytesPerBlock`, and `output.count` the matching number of
  /// elements; anything else is a bug of the caller and traps.
  package func decode(_ blocks: RawSpan, into output: inout MutableSpan<Float>) {
    let count = blocks.byteCount / encoding.bytesPerBlock
    precondition(blocks.byteCount == count * encoding.bytesPerBlock, "part of a block")
    precondition(output.count == count * encoding.elementsPerBlock, "output of another size")
    guard count > 0 else { return }
    unsafe blocks.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe loop(from, count, to)
      }
    }
  }
}

extension Encoding.Encoder {
  /// Encodes consecutive rows of `rowLength` elements; every row has the same `importance`, which
  /// holds a weight for each column's error.
  ///
  /// One call into C for all rows. The bytes are those of a call for each row. Sizes that do not match
  /// trap.
  package func encode(
    _ floats: Span<Float>, rowLength: Int, importance: Span<Float>?,
    into blocks: inout MutableRawSpan
  ) {
    guard floats.count > 0 else { return }
    precondition(rowLength > 0 && floats.count % rowLength == 0, "part of a row")
    precondition(rowLength % encoding.elementsPerBlock == 0, "part of a block")
    precondition(
      blocks.byteCount == floats.count / encoding.elementsPerBlock * encoding.bytesPerBlock,
      "output of another size")
    precondition((importance?.count ?? rowLength) == rowLength, "importance of another width")
    let rows = floats.count / rowLength
    unsafe floats.withUnsafeBufferPointer { source in
      unsafe blocks.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        guard let importance else {
          unsafe loop(from, rows, rowLength, nil, to)
          return
        }
        unsafe importance.withUnsafeBufferPointer { weights in
          unsafe loop(from, rows, rowLength, weights.baseAddress, to)
        }
      }
    }
  }
}

extension Span<Float> {
  /// Stores the numbers as `F32` has them; a buffer of another size traps.
  package func store(into buffer: inout MutableRawSpan) {
    precondition(buffer.byteCount == count * 4, "output of another size")
    unsafe withUnsafeBufferPointer { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe wb_f32_encode(from, 1, source.count, nil, to)
      }
    }
  }

  /// The index of the first NaN or infinity, or nil.
  package var firstNonFiniteIndex: Int? {
    let index = unsafe withUnsafeBufferPointer { source -> Int in
      guard let from = source.baseAddress else { return -1 }
      return unsafe wb_first_nonfinite(from, source.count)
    }
    return index < 0 ? nil : index
  }
}
