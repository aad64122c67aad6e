internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// Reads a layer from start to end, hashing it and each of its files, and writing those that are
/// wanted.
struct LayerWalk {
  /// What was found.
  struct Result {
    /// The layer as it is stored, and before compression.
    let blob: Digest
    let diff: Digest?
    /// The files, in the order of the layer.
    let files: [Digest]
  }

  private let layer: BundleLayer
  private let limits: BundleLimits
  private let workers: Int
  private let progress: any ProgressObserver
  private let buffer = Buffer(capacity: 1 << 20)
  /// Bytes after which it is noted how far a file is written.
  static let noted: UInt64 = 32 << 20

  init(
    _ layer: BundleLayer, limits: BundleLimits, workers: Int, progress: any ProgressObserver
  ) {
    self.layer = layer
    self.limits = limits
    self.workers = workers
    self.progress = progress
  }

  /// Reads the layer; `sink` says where a file goes, if anywhere.
  ///
  /// Without `isThorough` the layer before compression is hashed only where nothing else tells the
  /// file's digest.
  func run(
    isThorough: Bool, sink: (Int, BundleLayer.Entry) throws(FormatError) -> FileSink?,
    note: (UInt64) -> Void = { _ in }
  ) throws(FormatError) -> Result {
    // Of a layer that is the file both digests are the same.
    let isTold = try layer.fileDigest() != nil
    let hashesContent = layer.packing.isArchive && (isThorough || !isTold)
    let stream = try layer.stream(
      workers: workers, hashesContent: hashesContent, isThorough: isThorough)
    var files: [Digest] = []
    if !layer.packing.isArchive {
      files.append(
        try copy(layer.entries[0], to: try sink(0, layer.entries[0]), note) {
          (buffer) throws(FormatError) in
          try stream.read(into: buffer, 0..<buffer.capacity)
        })
    } else {
      let reader = TarReader(stream, limits: limits)
      while let entry = try reader.next() {
        let place = files.count
        // The archive was listed before; another content now means that the file is being changed.
        guard place < layer.entries.count,
          entry.plainPath == ByteString(layer.entries[place].path.text),
          entry.byteCount == layer.entries[place].extent.byteCount
        else { throw changed() }
        files.append(
          try copy(layer.entries[place], to: try sink(place, layer.entries[place]), { _ in }) {
            (buffer) throws(FormatError) in try reader.read(into: buffer)
          })
      }
      guard files.count == layer.entries.count else { throw changed() }
    }
    let digests = try stream.finish()
    let diff = layer.packing.isDense ? files[0] : digests.diff
    return Result(blob: digests.blob, diff: diff, files: files)
  }

  private func changed() -> FormatError {
    FormatError(
      .invalidValue, "the layer holds other files than its list, or changed while it was read",
      in: layer.blob.name)
  }

  private func copy(
    _ entry: BundleLayer.Entry, to sink: FileSink?, _ note: (UInt64) -> Void,
    from read: (Buffer) throws(FormatError) -> Int
  ) throws(FormatError) -> Digest {
    try copy(entry, after: 0, RunningDigest(), to: sink, note, from: read)
  }

  /// Goes on with a file of which the first bytes are written: they are hashed where they are.
  ///
  /// The layer as it is stored is not read whole, so only the file's digest tells whether all is well.
  func resume(
    after start: UInt64, to sink: FileSink, note: (UInt64) -> Void
  ) throws(FormatError) -> Digest {
    let digest = RunningDigest()
    do throws(IOError) {
      let written = try FileSource(path: sink.path, isInput: false)
      var offset: UInt64 = 0
      while offset < start {
        let count = Int(min(UInt64(buffer.capacity), start - offset))
        do throws(FormatError) { try buffer.fill(0..<count, from: written, at: offset) } catch {
          throw error.cause ?? IOError(.read, path: sink.path, reason: error.message)
        }
        digest.feed(buffer, 0..<count)
        offset += UInt64(count)
        progress.skip(by: UInt64(count))
      }
    } catch { throw FormatError(error) }
    let stream = try layer.stream(after: start, workers: workers)
    return try copy(layer.entries[0], after: start, digest, to: sink, note) {
      (buffer) throws(FormatError) in try stream.read(into: buffer, 0..<buffer.capacity)
    }
  }

  private func copy(
    _ entry: BundleLayer.Entry, after start: UInt64, _ digest: RunningDigest, to sink: FileSink?,
    _ note: (UInt64) -> Void, from read: (Buffer) throws(FormatError) -> Int
  ) throws(FormatError) -> Digest {
    var offset = start
    var noted = start
    while true {
      let count = try read(buffer)
      guard count > 0 else { break }
      digest.feed(buffer, 0..<count)
      if let sink { try buffer.write(0..<count, to: sink, at: offset) }
      offset += UInt64(count)
      progress.advance(by: UInt64(count))
      if sink != nil, offset - noted >= Self.noted {
        note(offset)
        noted = offset
      }
    }
    guard offset == entry.extent.byteCount else { throw changed() }
    return digest.finish()
  }
}

extension BundleLayer {
  /// What contradicts the announced digests; the file's own comes first.
  func problems(_ found: LayerWalk.Result) throws(FormatError) -> [FormatError] {
    var problems: [FormatError] = []
    func compare(_ found: Digest?, _ announced: Digest?, _ what: String) {
      guard let found, let announced, found != announced else { return }
      problems.append(
        FormatError(
          .digestMismatch,
          "\(what) has the digest \(found.reference); \(announced.reference) is announced",
          in: blob.name, at: offset))
    }
    if packing != .raw, let announced = try fileDigest() {
      compare(found.files[0], announced, "the file")
    }
    compare(found.blob, descriptor.digest, packing == .raw ? "the file" : "the layer")
    compare(found.diff, diffID, "the layer's content")
    return problems
  }
}
