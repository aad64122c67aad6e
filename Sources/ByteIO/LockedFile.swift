internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A small file that grows at its end and that one process has at a time.
///
/// The lock ends with the process, however that ends.
package final class LockedFile: Sendable {
  /// The path as opened.
  package let path: String
  private let descriptor: Int32
  private let end = Mutex<UInt64>(0)

  /// The name of the journal that belongs to an output.
  package static func journal(for output: String) -> String {
    Publication.hidden(output, ".weighbridge-journal")
  }

  /// Opens or creates a file; throws where another process has it.
  package init(path: String, for output: String) throws(IOError) {
    self.path = path
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard descriptor >= 0 else { throw IOError(.create, path: output, number: errno) }
      // A file system without locks is used without them.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw IOError(.create, path: output, reason: "another run is writing it right now")
      }
      var (opened, named) = (stat(), stat())
      if unsafe fstat(descriptor, &opened) == 0, unsafe stat(path, &named) == 0,
        opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
      {
        self.descriptor = descriptor
        return
      }
      // Its last owner removed it between the two calls.
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  /// The whole content; throws beyond `limit` bytes.
  package func read(limit: Int) throws(IOError) -> [UInt8] {
    let source = try FileSource(path: path)
    guard source.byteCount <= UInt64(limit) else {
      throw IOError(.read, path: path, reason: "it has more than \(limit) bytes")
    }
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  /// Cuts it off behind `byteCount` bytes; `append` goes on there.
  package func truncate(to byteCount: Int) throws(IOError) {
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw IOError(.write, path: path, number: errno)
    }
    end.withLock { $0 = UInt64(byteCount) }
  }

  /// Writes at the end, in one piece, from any thread.
  package func append(_ bytes: [UInt8]) throws(IOError) {
    let offset = end.withLock { end in
      defer { end += UInt64(bytes.count) }
      return end
    }
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    }
    guard count == bytes.count else {
      throw IOError(.write, path: path, number: count < 0 ? errno : ENOSPC)
    }
  }

  /// Waits until what was written is on the disk.
  package func synchronize() throws(IOError) {
    guard fdatasync(descriptor) == 0 else {
      throw IOError(.synchronize, path: path, number: errno)
    }
  }

  /// Removes the file; the lock is held on to.
  package func remove() { unsafe unlink(path) }
}
