/// Compression or decompression failed.
package struct ZstdError: Error, Hashable, Sendable {
  /// What went wrong.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    /// The bytes are not a zstd frame, or a damaged one.
    case corrupted
    /// The frame's checksum does not fit its contents.
    case checksumMismatch
    /// The frame wants more memory, or holds more bytes, than the caller allows.
    case tooLarge
    /// The input ends inside a frame.
    case truncated
    /// The library refused a parameter or ran out of memory.
    case library
  }

  /// What went wrong.
  package let code: Code
  /// In words.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension ZstdError: CustomStringConvertible {
  /// The message.
  package var description: String { message }
}
