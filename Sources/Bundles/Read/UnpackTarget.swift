internal import ByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The folder that a bundle is unpacked into.
///
/// Where it does not exist, everything is written into a folder beside it, which gets its name at the
/// end; where it does, each file appears on its own. Either way nothing is followed out of it.
final class UnpackTarget {
  private let directory: String
  private let replaces: Bool
  /// Where files are written: beside `directory`, or `directory` itself.
  private let root: String
  private var isNew: Bool { root != directory }
  /// What to remove on failure, in the order of its creation.
  private var created: [String] = []
  private var isCommitted = false

  /// Prepares a folder for these files; those that exist already are an error unless `replaces`.
  init(
    _ path: String, files: [BundlePath], replaces: Bool
  ) throws(FormatError) {
    var directory = path
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    self.directory = directory
    self.replaces = replaces
    if Self.kind(directory) == nil {
      root = TemporaryFiles.name(beside: directory)
      try makeFolder(root)
    } else {
      root = directory
      guard DirectoryTree.isDirectory(directory) else {
        throw FormatError(
          IOError(.create, path: directory, reason: "it exists and is not a folder"))
      }
      for file in files { try checkPlace(file) }
    }
  }

  deinit {
    guard !isCommitted else { return }
    for path in created.reversed() {
      unsafe remove(path)
      TemporaryFiles.forget(path)
    }
  }

  /// Refuses links on the way to a file, and a file that is there.
  private func checkPlace(_ file: BundlePath) throws(FormatError) {
    for folder in file.folders {
      guard let kind = Self.kind(root + "/" + folder) else { continue }
      guard kind == S_IFDIR else {
        throw FormatError(
          .unsafePath, "'\(folder)' is there already and is not a folder", in: directory)
      }
    }
    guard let kind = Self.kind(root + "/" + file.text) else { return }
    guard kind == S_IFREG, replaces else {
      throw FormatError(
        IOError(
          .create, path: root + "/" + file.text,
          reason: kind == S_IFREG
            ? "it exists already (use --force to replace it)" : "it exists and is not a file"))
    }
  }

  /// Creates the file at `path` under a temporary name.
  func create(_ file: BundlePath, byteCount: UInt64) throws(FormatError) -> StagedFile {
    for folder in file.folders where Self.kind(root + "/" + folder) == nil {
      try makeFolder(root + "/" + folder)
    }
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
    if isNew { remember(file.path) }
  }

  /// Gives the folder its name.
  func commit() throws(FormatError) {
    if isNew {
      guard unsafe rename(root, directory) == 0 else {
        throw FormatError(IOError(.rename, path: directory, number: errno))
      }
    }
    isCommitted = true
    for path in created { TemporaryFiles.forget(path) }
  }

  private func makeFolder(_ path: String) throws(FormatError) {
    guard unsafe mkdir(path, 0o755) == 0 else {
      throw FormatError(IOError(.create, path: path, number: errno))
    }
    remember(path)
  }

  private func remember(_ path: String) {
    created.append(path)
    TemporaryFiles.insert(path)
  }

  /// What is at a path, without following a link; nil where nothing is.
  private static func kind(_ path: String) -> mode_t? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT
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
