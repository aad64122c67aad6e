internal import WeighbridgeByteIO

/// The folder that a bundle is unpacked into.
///
/// Its files appear together or not at all (`AtomicFolder`), and nothing is followed out of it.
final class UnpackTarget {
  private let directory: String
  private let replaces: Bool
  private let folder: AtomicFolder
  /// Where files are written: beside `directory`, or `directory` itself.
  private var root: String { folder.root }

  /// Prepares a folder for these files; those that exist already are an error unless `replaces`.
  init(
    _ path: String, files: [(path: BundlePath, byteCount: UInt64)], replaces: Bool,
    resumes: Bool = false
  ) throws(FormatError) {
    self.directory = path
    self.replaces = replaces
    do { folder = try AtomicFolder(path: path, replacing: replaces, resumes: resumes) } catch {
      throw FormatError(error)
    }
    if !folder.isNew { for file in files { try checkPlace(file.path) } }
    do {
      try folder.prepare(files.map { ($0.path.text, $0.byteCount) })
    } catch { throw FormatError(error) }
  }

  /// Refuses links on the way to a file, and a file that is there.
  private func checkPlace(_ file: BundlePath) throws(FormatError) {
    for folder in file.folders {
      guard let kind = PathKind(of: root + "/" + folder) else { continue }
      guard kind == .folder else {
        throw FormatError(
          .unsafePath, "'\(folder)' is there already and is not a folder", in: directory)
      }
    }
    guard let kind = PathKind(of: root + "/" + file.text) else { return }
    // What is there in a folder of ours is an earlier run's.
    guard kind == .file, replaces || folder.isNew else {
      throw FormatError(
        IOError(
          .create, path: root + "/" + file.text,
          reason: kind == .file
            ? "it exists already (use --force to replace it)" : "it exists and is not a file"))
    }
  }

  /// Creates the file at `path` under a hidden name.
  func create(_ file: BundlePath, byteCount: UInt64) throws(FormatError) -> AtomicFolder.File {
    try checkPlace(file)
    do { return try folder.create(file.text, byteCount: byteCount) } catch {
      throw FormatError(error)
    }
  }

  /// How many of a file's bytes an earlier run has written.
  func written(of file: BundlePath) -> UInt64 { folder.resumed[file.text] ?? 0 }

  /// Notes how far a file is written.
  func note(_ file: AtomicFolder.File, bytes: UInt64) { folder.note(file, bytes: bytes) }

  /// Makes a file that was checked durable.
  func finish(_ file: AtomicFolder.File) throws(FormatError) {
    do { try folder.finish(file) } catch { throw FormatError(error) }
  }

  /// Gives the folder, or its files, their names.
  func commit() throws(FormatError) {
    do { try folder.commit() } catch { throw FormatError(error) }
  }
}
