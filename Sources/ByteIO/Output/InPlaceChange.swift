#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// New first bytes of files that stay where they are: in all of the files, or in none.
///
/// The new bytes go into a journal first (Specs/journal.md, J-25 and on). Then the files are marked, so
/// that no program takes them for models, written, and unmarked. A run that is killed leaves files that
/// were not touched, that are marked, or that are done; `settle` finishes marked ones, and every command
/// that opens a model calls it.
package enum InPlaceChange {
  /// The first bytes of a marked file; the number of its journal follows.
  package static let signature = Array("WBED".utf8)
  static let markBytes = 12

  /// The new start of one file.
  package struct Start: Sendable {
    /// The file.
    package let path: String
    /// What its first bytes become; as many are replaced.
    package let bytes: [UInt8]

    /// Describes the start of a file.
    package init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// The name of the journal of a change; that of several files belongs to the first.
  package static func journal(for path: String) -> String {
    Publication.hidden(OutputPlace.target(of: path), ".weighbridge-edit")
  }

  /// Replaces the starts of files; the number of bytes that were written into them.
  ///
  /// The files are in one folder. A signal that would end the process waits until it is done.
  @discardableResult
  package static func apply(_ starts: [Start]) throws(IOError) -> UInt64 {
    guard let first = starts.first else { return 0 }
    try settle(first.path)
    let lock = try LockedFile(for: first.path, at: journal(for: first.path), isTemporary: false)
    do throws(IOError) {
      var parts: [ChangedPart] = []
      for start in starts {
        if let part = try ChangedPart(start) { parts.append(part) }
      }
      if !parts.isEmpty {
        let record = ChangeRecord(parts)
        try lock.truncate(to: 0)
        try lock.append(record.bytes)
        try lock.synchronize()
        TemporaryFiles.synchronizeFolder(of: lock.path)
        try TemporaryFiles.publish { () throws(IOError) in
          try record.replay()
          return []
        }
      }
      lock.remove()
      return parts.reduce(0) { $0 + UInt64($1.bytes.count + $1.head.count) }
    } catch {
      // Files that are marked need the journal; without one of them it is of no use.
      if !ChangeRecord.isNeeded(lock) { lock.remove() }
      throw error
    }
  }

  /// Finishes what a killed run has begun at a file, or at the files whose first it is; whether there was
  /// anything to finish.
  @discardableResult
  package static func settle(_ path: String) throws(IOError) -> Bool {
    let journal = journal(for: path)
    guard PathKind(of: journal) == .file else { return false }
    let lock = try LockedFile(for: path, at: journal, isTemporary: false)
    guard let record = try ChangeRecord(lock), try record.isBegun() else {
      // It was killed before it touched a file, or when it had written all.
      lock.remove()
      return false
    }
    try TemporaryFiles.publish { () throws(IOError) in
      try record.replay()
      return []
    }
    lock.remove()
    return true
  }
}

/// What changes of one file.
struct ChangedPart {
  let path: String
  let byteCount: UInt64
  let head: [UInt8]
  /// Where the changed bytes begin.
  let offset: UInt64
  let bytes: [UInt8]

  /// Compares a new start with what is there; nil where nothing changes.
  init?(_ start: InPlaceChange.Start) throws(IOError) {
    path = OutputPlace.target(of: start.path)
    let source = try FileSource(path: path, isInput: false)
    byteCount = source.byteCount
    guard start.bytes.count >= InPlaceChange.markBytes,
      UInt64(start.bytes.count) <= source.byteCount
    else {
      throw IOError(
        .write, path: start.path,
        reason: "\(start.bytes.count) bytes cannot replace the start of \(source.byteCount)")
    }
    let old = try source.readBytes(at: 0, count: start.bytes.count)
    guard let first = old.indices.first(where: { old[$0] != start.bytes[$0] }),
      let last = old.indices.last(where: { old[$0] != start.bytes[$0] })
    else { return nil }
    head = Array(start.bytes[..<InPlaceChange.markBytes])
    offset = UInt64(first)
    bytes = Array(start.bytes[first...last])
  }

  init(path: String, byteCount: UInt64, head: [UInt8], offset: UInt64, bytes: [UInt8]) {
    self.path = path
    self.byteCount = byteCount
    self.head = head
    self.offset = offset
    self.bytes = bytes
  }
}
