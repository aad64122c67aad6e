internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeZstd

/// Decompressors, as many as work at the same time.
final class DecoderPool: Sendable {
  private let idle = Mutex<[Box]>([])

  /// A decompressor that can be put into an array; one thread uses it at a time.
  private final class Box: @unchecked Sendable {
    var decoder: ZstdDecoder
    init(_ decoder: consuming ZstdDecoder) { self.decoder = decoder }
  }

  /// Decompresses whole frames from a range of `input` into `count` bytes of `output`.
  func decode(
    _ range: Range<Int>, of input: Buffer, into output: Buffer, at start: Int = 0, count: Int
  ) throws(ZstdError) {
    let box: Box
    if let used = idle.withLock({ $0.popLast() }) {
      box = used
    } else {
      box = Box(try ZstdDecoder())
    }
    try output.decode(range, of: input, at: start, count: count, with: &box.decoder)
    idle.withLock { $0.append(box) }
  }
}

extension FormatError {
  /// A stream that zstd refuses.
  init(_ error: ZstdError, _ what: String, in source: String, at offset: UInt64?) {
    let code: Code =
      switch error.code {
      case .corrupted, .checksumMismatch: .digestMismatch
      case .tooLarge: .limitExceeded
      case .truncated: .truncated
      case .library: .unsupportedEncoding
      }
    self.init(code, "\(what) is damaged: \(error)", in: source, at: offset)
  }

  /// A frame that is not what the seek table says, in whatever way; `base` is where its layer begins
  /// in the bundle.
  init(
    _ error: ZstdError, frame index: Int, _ frame: SeekTable.Frame, in source: String,
    base: UInt64
  ) {
    self.init(
      error.code == .library ? .unsupportedEncoding : .digestMismatch,
      "frame \(index) (\(frame.contentByteCount) bytes from \(frame.contentOffset) on) is damaged: "
        + "\(error)", in: source, at: base + frame.offset)
  }
}
