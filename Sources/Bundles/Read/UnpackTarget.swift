internal import WeighbridgeByteIO

/// The folder that a bundle is unpacked into.
///
/// Where it does not exist, everything is written into a folder beside it, which gets its name at the
/// end; where it does, each file appears on its own. Either way nothing is followed out of it.
final class UnpackTarget {
  private let directory: String
  private let replaces: Bool
  private let folder: AtomicFolder
  /// Where files are written: beside `directory`, or `directory` itself.
  private var root: String { folder.root }

  /// Prepares a folder for these files; those that exist already are an error unless `replaces`.
  init(
    _ path: String, files: [BundlePath], replaces: Bool
  ) throws(FormatError) {
    self.directory = path
    self.replaces = replaces
    do { folder = try AtomicFolder(path: path) } catch { throw FormatError(error) }
    if !folder.isNew { for file in files { try checkPlace(file) } }
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
    guard kind == .file, replaces else {
      throw FormatError(
        IOError(
          .create, path: root + "/" + file.text,
          reason: kind == .file
            ? "it exists already (use --force to replace it)" : "it exists and is not a file"))
    }
  }

  /// Creates the file at `path` under a temporary name.
  func create(_ file: BundlePath, byteCount: UInt64) throws(FormatError) -> StagedFile {
    do {
      for name in file.folders where PathKind(of: root + "/" + name) == nil {
        try folder.makeFolder(root + "/" + name)
      }
    } catch { throw FormatError(error) }
    try checkPlace(file)
    let path = root + "/" + file.text
    do {
      return StagedFile(
        try AtomicFile(path: path, byteCount: byteCount, replaces: replaces), path: path)
    } catch { throw FormatError(error) }
  }

  /// Gives a file its name.
  func commit(_ file: StagedFile) throws(FormatError) {
    try file.commit()
    folder.adopt(file.path)
  }

  /// Gives the folder its name.
  func commit() throws(FormatError) {
    do { try folder.commit() } catch { throw FormatError(error) }
  }
}

/// A file that has been written but has no name yet.
final class StagedFile {
  let path: String
  let sink: FileSink
  private var file: AtomicFile?

  init(_ file: consuming AtomicFile, path: String) {
    self.path = path
    sink = file.sink
    self.file = consume file
  }

  /// Gives the file its name.
  func commit() throws(FormatError) {
    guard let file = file.take() else { return }
    do { try file.commit() } catch { throw FormatError(error) }
  }
}
