internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The journal of an output: a small file that grows at its end and that one process has at a time.
///
/// The lock ends with the process, however that ends. Every output has one while it is written.
package final class LockedFile: Sendable {
  /// How the first line of a journal begins.
  package static let signature = "weighbridge-journal "

  /// The path as opened.
  package let path: String
  /// Whether it was there, left by a run that is dead.
  package let isFound: Bool
  private let descriptor: Int32
  private let end = Mutex<UInt64>(0)

  /// The name of the journal that belongs to an output.
  package static func journal(for output: String) -> String {
    Publication.hidden(output, ".weighbridge-journal")
  }

  /// Opens or creates the journal of an output; throws where another process has it.
  ///
  /// What is there is only taken for a journal if it is a file with one name, of this user, that begins
  /// like one: a link would lead the first write to somebody else's file. `isTemporary` says whether a
  /// signal removes it.
  package init(for output: String, at path: String? = nil, isTemporary: Bool) throws(IOError) {
    let path = path ?? Self.journal(for: output)
    self.path = path
    while true {
      var descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      let isFound = descriptor >= 0
      if !isFound, errno == ENOENT {
        descriptor = Self.create(path, isTemporary)
        if descriptor < 0, errno == EEXIST { continue }
      }
      if descriptor < 0, errno == ELOOP, unsafe unlink(path) == 0 { continue }
      guard descriptor >= 0 else { throw IOError(.create, path: output, number: errno) }
      // A file system without locks is used without them.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw IOError(.create, path: output, reason: "another run is writing it right now")
      }
      var (opened, named) = (stat(), stat())
      guard unsafe fstat(descriptor, &opened) == 0, unsafe lstat(path, &named) == 0,
        opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
      else {
        // Its last owner removed it between the two calls.
        close(descriptor)
        continue
      }
      if isFound {
        do throws(IOError) {
          guard try Self.isOwn(opened, descriptor, path, output) else {
            close(descriptor)
            guard unsafe unlink(path) == 0 else {
              throw IOError(.remove, path: path, number: errno)
            }
            continue
          }
        } catch {
          close(descriptor)
          throw error
        }
        if isTemporary { TemporaryFiles.insert(path) }
      }
      self.isFound = isFound
      self.descriptor = descriptor
      return
    }
  }

  private static func create(_ path: String, _ isTemporary: Bool) -> Int32 {
    var descriptor: Int32 = -1
    let body = {
      descriptor = unsafe open(
        path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      return descriptor >= 0
    }
    if isTemporary { _ = TemporaryFiles.create(path, body) } else { _ = body() }
    return descriptor
  }

  /// Whether a file that was found is a journal that this user's runs can have left; throws where it
  /// is something else that must not be removed either.
  private static func isOwn(
    _ status: stat, _ descriptor: Int32, _ path: String, _ output: String
  ) throws(IOError) -> Bool {
    guard PathKind(status.st_mode) == .file else {
      throw IOError(
        .create, path: output,
        reason: "\(path) is \(PathKind(status.st_mode).article), and the journal of the output has "
          + "this name", hint: "move it away")
    }
    // A second name, or another owner: taking this one away harms nobody.
    guard status.st_nlink == 1, status.st_uid == geteuid() else { return false }
    var start = [UInt8](repeating: 0, count: signature.utf8.count)
    let count = unsafe pread(descriptor, &start, start.count, 0)
    guard count >= 0 else { throw IOError(.read, path: path, number: errno) }
    // A crash of the machine can leave the first line torn, with zeros behind the tear.
    guard signature.utf8.starts(with: start.prefix(count).prefix { $0 != 0 }) else {
      throw IOError(
        .create, path: output,
        reason: "\(path) is no journal, and the journal of the output has this name",
        hint: "move it away")
    }
    return true
  }

  deinit { close(descriptor) }

  /// The whole content; throws beyond `limit` bytes.
  package func read(limit: Int) throws(IOError) -> [UInt8] {
    let source = try FileSource(path: path, isInput: false)
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
  package func remove() {
    unsafe unlink(path)
    TemporaryFiles.forget(path)
  }
}
