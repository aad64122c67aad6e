internal import CWeighbridgeZstd

/// A compressor: whole frames at once, or one frame from a stream.
///
/// Every frame carries a checksum (XXH64) of its contents. A context is used by one thread at a
/// time and reused for many frames.
@safe package struct ZstdEncoder: ~Copyable {
  private let context: OpaquePointer

  /// Makes a context; `level` is zstd's, 1 (fast) to 22, or negative.
  package init(level: Int) throws(ZstdError) { try self.init(.level(level)) }

  /// Makes a context that works by a method.
  package init(_ method: ZstdMethod) throws(ZstdError) {
    unsafe self.context = try Self.makeContext(method.parameters)
  }

  private static func makeContext(
    _ parameters: [(ZSTD_cParameter, Int32)]
  ) throws(ZstdError) -> OpaquePointer {
    guard let context = unsafe ZSTD_createCCtx() else {
      throw ZstdError(.library, "no memory for a zstd context")
    }
    do {
      for (parameter, value) in parameters {
        _ = try checked(unsafe ZSTD_CCtx_setParameter(context, parameter, value))
      }
      _ = try checked(unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
      return unsafe context
    } catch {
      unsafe ZSTD_freeCCtx(context)
      throw error
    }
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  /// The most bytes that a frame of `byteCount` bytes of content takes.
  package static func bound(_ byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

  /// Compresses all of `input` into one frame that names its content size.
  ///
  /// `output` has room for `bound(input.byteCount)` bytes; the result is how many were written.
  package mutating func encodeFrame(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(ZstdError) -> Int {
    let result = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe ZSTD_compress2(
          context, target.baseAddress, target.count, source.baseAddress, source.count)
      }
    }
    return try checked(result)
  }

  /// Continues a frame whose size is not known beforehand.
  ///
  /// Takes bytes from `input` and writes what is ready into `output`. With `ends`, the frame is
  /// closed after the input; it is complete when the result says so, otherwise the call is repeated
  /// with the rest of the input and new room.
  package mutating func encode(
    _ input: RawSpan, into output: inout MutableRawSpan, ends: Bool
  ) throws(ZstdError) -> (consumed: Int, produced: Int, isComplete: Bool) {
    var consumed = 0
    var produced = 0
    let result = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let mode = ends ? ZSTD_e_end : ZSTD_e_continue
        let left = unsafe ZSTD_compressStream2(context, &to, &from, mode)
        consumed = unsafe from.pos
        produced = unsafe to.pos
        return left
      }
    }
    let left = try checked(result)
    return (consumed, produced, ends && left == 0)
  }
}
