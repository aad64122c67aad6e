#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Reads and writes that go on until all is done: a system may do a part of what it is asked for, or be
/// interrupted.
package enum WholeTransfer {
  /// Writes all of `bytes` at `offset` of an open file; nil, or what `errno` says.
  package static func write(_ bytes: RawSpan, to descriptor: Int32, at offset: UInt64) -> Int32? {
    unsafe bytes.withUnsafeBytes { source in
      var done = 0
      while done < source.count {
        let count = unsafe pwrite(
          descriptor, source.baseAddress?.advanced(by: done), source.count - done,
          off_t(offset) + off_t(done))
        if count < 0 {
          if errno == EINTR { continue }
          return errno
        }
        done += count
      }
      return nil
    }
  }

  /// Fills all of `buffer` from `offset` of an open file; nil, 0 where the file ends before, or what
  /// `errno` says.
  package static func read(
    into buffer: inout MutableRawSpan, from descriptor: Int32, at offset: UInt64
  ) -> Int32? {
    unsafe buffer.withUnsafeMutableBytes { target in
      var done = 0
      while done < target.count {
        let count = unsafe pread(
          descriptor, target.baseAddress?.advanced(by: done), target.count - done,
          off_t(offset) + off_t(done))
        if count < 0 {
          if errno == EINTR { continue }
          return errno
        }
        if count == 0 { return 0 }
        done += count
      }
      return nil
    }
  }
}
