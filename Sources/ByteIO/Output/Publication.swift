#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A finished file under its hidden name.
struct StagedOutput: Sendable {
  /// The hidden name.
  let hidden: String
  /// What the hidden name led to when it was created.
  let identity: FileIdentity.Place?
  /// Where the file goes.
  let place: OutputPlace

  init(hidden: String, place: OutputPlace) {
    self.hidden = hidden
    self.place = place
    identity = FileIdentity(path: hidden)?.place
  }
}

/// The last step of every output: files that are whole and on the disk get their names, all or none.
enum Publication {
  private struct Step {
    let path: String
    /// The hidden second name of what was replaced.
    let old: String?
    /// Whether something was replaced.
    var isReplacement = false
  }

  /// Gives finished files their names.
  ///
  /// Throws, with nothing published, where an input has changed since it was opened, where a place has
  /// become an input, and where a file appeared that must not be replaced. Where one of several fails,
  /// those before it are taken back.
  static func publish(_ files: [StagedOutput]) throws(IOError) {
    try InputLedger.checkUnchanged()
    for file in files {
      try file.place.checkAgain()
      // Only where the file system has no locks can another run have taken the name.
      guard file.identity != nil, FileIdentity(path: file.hidden)?.place == file.identity else {
        throw IOError(
          .rename, path: file.place.name, reason: "another program removed the unfinished file")
      }
    }
    try TemporaryFiles.publish { () throws(IOError) in
      var steps: [Step] = []
      do throws(IOError) {
        for file in files { steps.append(try giveName(file, keepsOld: files.count > 1)) }
      } catch {
        for step in steps.reversed() { takeBack(step) }
        throw error
      }
      for case let old? in steps.map(\.old) { unsafe unlink(old) }
      return files.map(\.hidden)
    }
    var folders: Set<String> = []
    for file in files where folders.insert(OutputPlace.folder(of: file.place.path)).inserted {
      TemporaryFiles.synchronizeFolder(of: file.place.path)
    }
  }

  private static func giveName(_ file: StagedOutput, keepsOld: Bool) throws(IOError) -> Step {
    let path = file.place.path
    if file.place.replaces {
      let old = hidden(path, ".weighbridge-old")
      let isThere = PathKind(of: path) != nil
      unsafe unlink(old)
      // Without hard links a replaced file cannot be kept until all are through.
      var isKept = false
      if keepsOld { isKept = unsafe link(path, old) == 0 }
      guard unsafe rename(file.hidden, path) == 0 else {
        let number = errno
        if isKept { unsafe unlink(old) }
        throw IOError(.rename, path: file.place.name, number: number)
      }
      return Step(path: path, old: isKept ? old : nil, isReplacement: isThere)
    }
    // `link` fails where a file has appeared since; `rename` would replace it.
    if unsafe link(file.hidden, path) == 0 {
      unsafe unlink(file.hidden)
      return Step(path: path, old: nil)
    }
    let number = errno
    guard number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EMLINK,
      unsafe access(path, F_OK) != 0, unsafe rename(file.hidden, path) == 0
    else { throw IOError(.rename, path: file.place.name, number: number) }
    return Step(path: path, old: nil)
  }

  private static func takeBack(_ step: Step) {
    if let old = step.old {
      unsafe rename(old, step.path)
    } else if !step.isReplacement {
      // Without hard links nothing is left of what was replaced: the new file is better than none.
      unsafe unlink(step.path)
    }
  }

  /// The name of a hidden file beside `path`, the same in every run.
  static func hidden(_ path: String, _ suffix: String) -> String {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    // A name has at most 255 bytes on most file systems; a long one is shortened, not refused.
    if name.utf8.count + suffix.utf8.count < 255 { return folder + "." + name + suffix }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return folder + "." + String(hash, radix: 16) + suffix
  }

  /// Refuses `path` where its disk has no room for so many bytes.
  static func checkRoom(
    for byteCount: UInt64, at path: String, for name: String? = nil
  ) throws(IOError) {
    let name = name ?? path
    guard byteCount <= UInt64(Int64.max) else {
      throw IOError(.create, path: name, reason: "a size of \(byteCount) bytes")
    }
    var space = statvfs()
    guard unsafe statvfs(OutputPlace.folder(of: path), &space) == 0 else { return }
    let free = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
    if !free.overflow, free.partialValue < byteCount {
      throw IOError(
        .create, path: name,
        reason: "\(byteCount) bytes are needed, \(free.partialValue) are free on this disk")
    }
  }
}
