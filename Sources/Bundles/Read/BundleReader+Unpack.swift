package import WeighbridgeByteIO
internal import WeighbridgeDigests

/// How to unpack.
package struct UnpackOptions: Sendable {
  /// Patterns of which a path must match one; all files where there are none.
  ///
  /// `*` and `?` stay within a component, `**` does not; a pattern without `/` is for the last
  /// component.
  package var only: [String] = []
  /// Paths, of which a file's must be one; nil for no such condition.
  package var paths: Set<String>?
  /// Whether existing files may be replaced.
  package var replaces = false
  /// Whether what a run has left that was killed is taken up; for folders that were not there.
  package var resumes = false
  /// How many threads decompress.
  package var workers = 1

  /// All files, nothing replaced.
  package init() {}
}

extension BundleReader {
  /// Writes the files into a folder, and returns those that were written.
  ///
  /// Every layer and every file is checked against its digest before it gets its name. A folder that
  /// does not exist appears whole or not at all; in one that does, each file does. Throws
  /// `digestMismatch` and the codes of `init` for a damaged bundle, `missingFile` where no file
  /// matches, `io` where the system failed or a file exists already.
  @discardableResult
  package func unpack(
    to directory: String, options: UnpackOptions = UnpackOptions(),
    progress: any ProgressObserver = SilentProgress()
  ) throws(FormatError) -> [BundleFile] {
    let globs = options.only.map { Glob($0) }
    let wanted = files.filter { file in
      let path = layers[file.layer].entries[file.entry].path
      return (globs.isEmpty || globs.contains { $0.matches(path) })
        && (options.paths?.contains(file.path) ?? true)
    }
    guard !wanted.isEmpty else {
      throw FormatError(
        .missingFile, "no file matches \(options.only.joined(separator: ", "))", in: name,
        hint: "the first of \(files.count) files is '\(files.first?.path ?? "")'")
    }
    let target = try UnpackTarget(
      directory,
      files: wanted.map { (layers[$0.layer].entries[$0.entry].path, $0.byteCount) },
      replaces: options.replaces, resumes: options.resumes)
    let needed = Set(wanted.map(\.layer)).sorted()
    progress.begin(
      "unpacking", total: needed.reduce(0) { $0 &+ contentByteCount(of: $1) }, unit: .bytes)
    defer { progress.end() }
    for index in needed {
      let entries = Set(wanted.filter { $0.layer == index }.map(\.entry))
      try unpack(layers[index], entries, to: target, options.workers, progress)
    }
    try target.commit()
    return wanted
  }

  /// The bytes of all files of a layer; for progress.
  func contentByteCount(of layer: Int) -> UInt64 {
    layers[layer].entries.reduce(0) { $0 &+ $1.extent.byteCount }
  }

  private func unpack(
    _ layer: BundleLayer, _ wanted: Set<Int>, to target: UnpackTarget, _ workers: Int,
    _ progress: any ProgressObserver
  ) throws(FormatError) {
    var staged: [AtomicFolder.File] = []
    let walk = LayerWalk(layer, limits: limits, workers: workers, progress: progress)
    if try resume(layer, walk, target) { return }
    let result = try walk.run(
      isThorough: false,
      sink: { (place, entry) throws(FormatError) in
        guard wanted.contains(place) else { return nil }
        let file = try target.create(entry.path, byteCount: entry.extent.byteCount)
        staged.append(file)
        return file.sink
      },
      note: { bytes in if let file = staged.first { target.note(file, bytes: bytes) } })
    if let problem = try layer.problems(result).first { throw problem }
    for file in staged {
      try target.finish(file)
      if staged.count == 1 { target.note(file, bytes: layer.entries[0].extent.byteCount) }
    }
  }

  /// Goes on with the file of a layer, where an earlier run has begun it; false where there is nothing to
  /// go on with.
  private func resume(
    _ layer: BundleLayer, _ walk: LayerWalk, _ target: UnpackTarget
  ) throws(FormatError) -> Bool {
    guard layer.isResumable, let announced = try layer.fileDigest() else { return false }
    let entry = layer.entries[0]
    let start = min(target.written(of: entry.path), entry.extent.byteCount)
    guard start > 0 else { return false }
    let file = try target.create(entry.path, byteCount: entry.extent.byteCount)
    let found = try walk.resume(after: start, to: file.sink) { target.note(file, bytes: $0) }
    guard found == announced else {
      // The next try begins anew: nobody knows which bytes are wrong.
      target.note(file, bytes: 0)
      throw FormatError(
        .digestMismatch,
        "the file has the digest \(found.reference); \(announced.reference) is announced",
        in: layer.blob.name, at: layer.offset, hint: "begin again without --resume")
    }
    try target.finish(file)
    target.note(file, bytes: entry.extent.byteCount)
    return true
  }
}
