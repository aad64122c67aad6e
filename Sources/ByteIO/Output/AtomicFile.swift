/// A file that appears at its path whole or not at all.
///
/// It is written under a hidden name in the same folder; `commit` makes it durable and renames it. A
/// file that was not committed is removed: by `deinit`, by `TemporaryFiles.removeAll` when a signal ends
/// the process, or by the next run with the same output when nothing could end it in good order.
package struct AtomicFile: ~Copyable {
  /// Where to write.
  package var sink: FileSink { work.sink }
  private let lock: LockedFile
  private let work: WorkFile
  private var committed = false

  /// Creates the hidden file beside a place and reserves `byteCount` bytes for it.
  ///
  /// The disk must have room for all of them now; nil where the size is not known yet.
  package init(_ place: OutputPlace, byteCount: UInt64?) throws(IOError) {
    try place.checkAgain()
    let lock = try LockedFile(for: place.path, isTemporary: true)
    do throws(IOError) {
      work = try Self.open(place, byteCount: byteCount, lock)
    } catch {
      lock.remove()
      throw error
    }
    self.lock = lock
  }

  private static func open(
    _ place: OutputPlace, byteCount: UInt64?, _ lock: LockedFile
  ) throws(IOError) -> WorkFile {
    let folder = place.path.lastIndex(of: "/").map { String(place.path[...$0]) } ?? ""
    guard try Leftovers.settle(lock, in: folder, replacing: place.replaces) else {
      return try WorkFile(for: place, byteCount: byteCount)
    }
    // A dead run's file has got its name just now: is it to be replaced?
    return try WorkFile(
      for: OutputPlace(place.name, replacing: place.replaces), byteCount: byteCount)
  }

  /// Creates the hidden file beside `path`; see `OutputPlace` for what can be there.
  package init(path: String, byteCount: UInt64?, replaces: Bool = false) throws(IOError) {
    try self.init(OutputPlace(path, replacing: replaces), byteCount: byteCount)
  }

  /// Makes the file durable and gives it its name.
  package consuming func commit() throws(IOError) {
    let staged = try work.finish()
    // Before the name is given: a kill between the two must not leave a journal beside a whole file.
    lock.remove()
    try Publication.publish([staged])
    committed = true
  }

  deinit {
    if !committed {
      WorkFile.remove(for: work.place.path)
      lock.remove()
    }
  }
}
