#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Where an output goes, looked at before any work begins: the one rule for all outputs.
///
/// - A regular file is replaced only if that was asked for, and never if it is read.
/// - A symbolic link is followed: what it leads to is replaced, the link stays. One that leads nowhere
///   is refused.
/// - A folder, a socket and a disk are refused; so are devices and FIFOs where the output is written
///   at offsets. What is written in order goes into a device or a FIFO, and never replaces it.
/// - The folder of a new file has to be there, and writable.
package struct OutputPlace: Hashable, Sendable {
  /// How an output is written.
  package enum Order: Hashable, Sendable {
    /// At offsets, in any order: models, bundles, arrays.
    case anyOrder
    /// From start to end: reports.
    case startToEnd
  }

  /// Mode and owner of a file that is replaced; its successor gets them.
  struct Attributes: Hashable, Sendable {
    let mode: mode_t
    let owner: uid_t
    let group: gid_t
  }

  /// The path as it was given.
  package let name: String
  /// The path with symbolic links followed, where the file is given its name.
  package let path: String
  /// Whether what is there is written into and not replaced.
  package let isNode: Bool
  /// Whether a file may be replaced.
  package let replaces: Bool
  /// What the file that is replaced is like; nil where there is none.
  let attributes: Attributes?

  /// Looks at a path; throws where no output can go there.
  package init(
    _ name: String, _ order: Order = .anyOrder, replacing: Bool = false
  ) throws(IOError) {
    self.name = name
    replaces = replacing
    try Self.checkName(name, order)
    var status = stat()
    guard unsafe stat(name, &status) == 0 else {
      let number = errno
      try Self.checkAbsent(name, number)
      (path, isNode, attributes) = (name, false, nil)
      return
    }
    let kind = PathKind(status.st_mode)
    if kind != .file || Self.isDescriptor(name) {
      try Self.checkNode(name, kind, order)
      (path, isNode, attributes) = (name, true, nil)
      return
    }
    try InputLedger.check(output: name)
    if !replacing {
      throw IOError(
        .create, path: name, reason: "it exists already (use --force to replace it)")
    }
    path = Self.target(of: name)
    isNode = false
    attributes = Attributes(
      mode: status.st_mode & 0o777, owner: status.st_uid, group: status.st_gid)
    try Self.checkFolder(of: path, for: name)
  }

  /// Throws where the place has become an input since it was looked at.
  package func checkAgain() throws(IOError) {
    if !isNode { try InputLedger.check(output: path) }
  }

  /// Throws where two outputs of a command are one file, or will be.
  package static func checkDistinct(_ outputs: [String]) throws(IOError) {
    var names: [String: String] = [:]
    for output in outputs {
      let path = target(of: output)
      let last = path.split(separator: "/").last.map(String.init) ?? path
      let place = FileIdentity.resolved(folder(of: path)) + "/" + last
      guard let other = names.updateValue(output, forKey: place) else { continue }
      // Into a device or a FIFO one goes behind the other.
      if let kind = PathKind(following: path), kind != .file { continue }
      throw IOError(
        .create, path: output, code: .notAFile,
        reason: other == output
          ? "two outputs of the command have this name"
          : "it is the same file as \(other), another output of the command",
        hint: "choose another name for one of them")
    }
  }

  /// What a link leads to; any other path itself.
  package static func target(of path: String) -> String {
    PathKind(of: path) == .link ? FileIdentity.resolved(path) : path
  }

  private static func checkName(_ name: String, _ order: Order) throws(IOError) {
    if name.isEmpty {
      throw IOError(.create, path: "''", code: .notAFile, reason: "the output has no name")
    }
    if name == "-" {
      throw IOError(
        .create, path: "-", code: .notAFile,
        reason: order == .anyOrder
          ? "standard output is written in order, and this output at offsets"
          : "standard output is for what the command prints",
        hint: order == .anyOrder
          ? "name a file; for one that is called '-', ./-"
          : "name a file, or /dev/stdout")
    }
    if name.hasSuffix("/") {
      throw IOError(
        .create, path: name, code: .notAFile, reason: "this is the name of a folder",
        hint: "name a file in it")
    }
  }

  /// `/dev/stdout`, `/dev/fd/63`, `/proc/self/fd/1`: what a process has open, even where that is a file.
  private static func isDescriptor(_ name: String) -> Bool {
    (name.hasPrefix("/dev/") || name.hasPrefix("/proc/")) && FileIdentity.resolved(name) != name
  }

  private static func checkNode(
    _ name: String, _ kind: PathKind, _ order: Order
  ) throws(IOError) {
    switch (kind, order) {
    case (.folder, _):
      throw IOError(
        .create, path: name, code: .notAFile, reason: "it is a folder",
        hint: "name a file in it")
    case (.socket, _), (.disk, _):
      throw IOError(
        .create, path: name, code: .notAFile, reason: "it is \(kind.article), not a regular file")
    case (.file, .anyOrder):
      throw IOError(
        .create, path: name, code: .notAFile,
        reason: "it is an open descriptor, and this output needs a file with a name of its own")
    case (_, .anyOrder):
      throw IOError(
        .create, path: name, code: .notAFile,
        reason: "it is \(kind.article), and this output is written at offsets: it needs a "
          + "regular file", hint: "to write nothing, use --dry-run where the command has it")
    case (_, .startToEnd): return
    }
  }

  /// Looks at a name that leads nowhere.
  private static func checkAbsent(_ name: String, _ number: Int32) throws(IOError) {
    if PathKind(of: name) == .link {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = unsafe readlink(name, &buffer, buffer.count)
      let target = String(
        decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw IOError(
        .create, path: name, code: .notAFile,
        reason: number == ELOOP
          ? "it is a symbolic link that leads back to itself"
          : "it is a symbolic link to \(target), which does not exist",
        hint: "remove the link, or create what it leads to")
    }
    guard number == ENOENT || number == ENOTDIR else {
      throw IOError(.create, path: name, number: number)
    }
    try checkFolder(of: name, for: name)
  }

  /// Throws where a file cannot be created beside `path`.
  static func checkFolder(of path: String, for name: String) throws(IOError) {
    let folder = folder(of: path)
    switch PathKind(following: folder) {
    case .folder?: break
    case nil:
      let number = errno
      throw IOError(
        .create, path: name,
        reason: number == ENOENT
          ? "the folder \(folder) does not exist"
          : IOError(.create, path: folder, number: number).reason,
        hint: number == ENOENT ? "mkdir -p \(folder)" : nil)
    case .some(let other):
      throw IOError(.create, path: name, reason: "\(folder) is \(other.article), not a folder")
    }
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
      let reason = IOError(.create, path: folder, number: errno).reason
      throw IOError(.create, path: name, reason: "no file can be created in \(folder): \(reason)")
    }
  }

  /// The folder of a path, without a slash at its end.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
