#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How far the files of a folder in the making are written: what a later run can go on from.
///
/// A line for each step, `BYTES NAME`; the last one of a name counts. It is a note and no proof: whoever
/// goes on compares digests in the end. A line without its end was being written by a run that died.
final class FolderNotes {
  private let path: String
  private var descriptor: Int32 = -1

  static let name = ".weighbridge-progress"

  init(in folder: String) { path = folder + "/" + Self.name }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What an earlier run has noted.
  func read() -> [String: UInt64] {
    guard PathKind(of: path) == .file, let source = try? FileSource(path: path, isInput: false),
      source.byteCount < 1 << 28, let bytes = try? source.readPrefix(1 << 28)
    else { return [:] }
    var notes: [String: UInt64] = [:]
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let line = String(decoding: rest[..<end], as: UTF8.self)
      rest = rest[rest.index(after: end)...]
      guard let space = line.firstIndex(of: " "), let count = UInt64(line[..<space]) else {
        continue
      }
      notes[String(line[line.index(after: space)...])] = count
    }
    return notes
  }

  /// Adds a line; where that fails the work is done again if it comes to that.
  func add(_ name: String, _ count: UInt64) {
    if descriptor < 0 {
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    guard descriptor >= 0 else { return }
    // Behind a line that was not ended a new one begins.
    let line = Array("\n\(count) \(name)\n".utf8)
    _ = unsafe write(descriptor, line, line.count)
  }

  /// Takes the notes away, before the folder gets its name.
  func remove() { unsafe unlink(path) }
}
