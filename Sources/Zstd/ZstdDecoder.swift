internal import CWeighbridgeZstd

/// A decompressor: whole frames at once, or a stream of frames.
///
/// A frame's header never makes it allocate more than the window that the caller allows. A context
/// is used by one thread at a time and reused for many frames.
@safe package struct ZstdDecoder: ~Copyable {
  private let context: OpaquePointer

  /// Makes a context that refuses frames with a window above 2^`windowLog` bytes (10 to 31); 27 is
  /// what the reference decoder allows by default.
  package init(windowLog: Int = 27) throws(ZstdError) {
    unsafe self.context = try Self.makeContext(windowLog: windowLog)
  }

  private static func makeContext(windowLog: Int) throws(ZstdError) -> OpaquePointer {
    guard let context = unsafe ZSTD_createDCtx() else {
      throw ZstdError(.library, "no memory for a zstd context")
    }
    do {
      _ = try checked(
        unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(clamping: windowLog)))
      return unsafe context
    } catch {
      unsafe ZSTD_freeDCtx(context)
      throw error
    }
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// Decompresses `input`, which is whole frames, into `output`, which must be just filled by it.
  package mutating func decodeFrames(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(ZstdError) {
    let expected = output.byteCount
    let result = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe ZSTD_decompressDCtx(
          context, target.baseAddress, target.count, source.baseAddress, source.count)
      }
    }
    let count = try checked(result)
    guard count == expected else {
      throw ZstdError(.corrupted, "\(count) bytes of content where \(expected) are announced")
    }
  }

  /// Continues a stream of frames.
  ///
  /// Takes bytes from `input` and writes content into `output`, as much of both as it can.
  /// `isBetweenFrames` says whether the input may end here.
  package mutating func decode(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(ZstdError) -> (consumed: Int, produced: Int, isBetweenFrames: Bool) {
    var consumed = 0
    var produced = 0
    let result = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let hint = unsafe ZSTD_decompressStream(context, &to, &from)
        consumed = unsafe from.pos
        produced = unsafe to.pos
        return hint
      }
    }
    let hint = try checked(result)
    return (consumed, produced, hint == 0)
  }
}
