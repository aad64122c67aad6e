package import WeighbridgeByteIO
internal import WeighbridgeDigests

/// Packs files into a bundle: an OCI image layout with one ModelPack manifest, in a tar.
package enum BundleWriter {
  /// Packs `inputs` into a new file at `path`.
  ///
  /// Each input is read once and becomes one layer. The same files, description and options make the
  /// same bytes on every run and for every number of workers. Memory does not grow with the files:
  /// about 16 MiB for each worker, and the compressors' own. Throws `unsafePath`, `duplicateName`,
  /// `invalidValue` for inputs that make no bundle, and `io` where the system failed; the file then
  /// does not appear.
  package static func pack(
    _ inputs: [BundleInput], description: BundleDescription = BundleDescription(),
    to path: String, options: PackOptions = PackOptions(),
    progress: any ProgressObserver = SilentProgress()
  ) throws(FormatError) -> BundleSummary {
    let files = try PlannedFile.plan(inputs)
    do {
      let file = try AtomicFile(path: path, byteCount: nil, replaces: options.replaces)
      progress.begin(
        "packing", total: files.reduce(0) { $0 + $1.source.byteCount }, unit: .bytes)
      defer { progress.end() }
      var archive = ArchiveWriter(
        sink: file.sink, files: files, description: description, options: options,
        progress: progress)
      let summary = try archive.write()
      try file.commit()
      return summary
    } catch let error as FormatError {
      throw error
    } catch let error as IOError {
      throw FormatError(error)
    } catch { preconditionFailure("no other errors are thrown") }
  }
}

/// Writes the tar: room for the documents first, then the layers, then the documents, whose digests
/// and sizes only the layers can tell.
struct ArchiveWriter {
  let sink: FileSink
  let files: [PlannedFile]
  let description: BundleDescription
  let options: PackOptions
  let progress: any ProgressObserver
  private var position: UInt64 = 0
  private var blobs: Set<Digest> = []

  /// Where a mapped file may begin on every platform.
  static let alignment: UInt64 = 1 << 16
  /// The layer size from which some registries refuse an upload.
  static let registryLimit: UInt64 = 10_000_000_000

  init(
    sink: FileSink, files: [PlannedFile], description: BundleDescription, options: PackOptions,
    progress: any ProgressObserver
  ) {
    self.sink = sink
    self.files = files
    self.description = description
    self.options = options
    self.progress = progress
  }

  /// Writes everything.
  mutating func write() throws(FormatError) -> BundleSummary {
    let room = Room(documents(layers: files.map(largestLayer)))
    position = room.byteCount
    let layers = try writeLayers()
    let documents = documents(layers: layers)
    for (header, content) in try room.place(documents) {
      try put(header.bytes, at: header.offset)
      try put(content.bytes, at: content.offset)
    }
    // What a dropped duplicate left behind must not stay.
    do { try sink.truncate(to: position) } catch { throw FormatError(error) }
    do { try sink.truncate(to: position + UInt64(TarHeader.endBytes)) } catch {
      throw FormatError(error)
    }
    return summary(layers, documents)
  }

  /// Side files first, so that what describes a model lies in front of its weights.
  private mutating func writeLayers() throws(FormatError) -> [WrittenLayer] {
    let writer = LayerWriter(workers: options.workers, sink: sink, progress: progress)
    let order =
      files.indices.filter { files[$0].record.kind != .weight }
      + files.indices.filter { files[$0].record.kind == .weight }
    var layers: [Int: WrittenLayer] = [:]
    for index in order { layers[index] = try writeLayer(files[index], with: writer) }
    return files.indices.compactMap { layers[$0] }
  }

  private mutating func writeLayer(
    _ file: PlannedFile, with writer: LayerWriter
  ) throws(FormatError) -> WrittenLayer {
    let largest = largestByteCount(file)
    var header = TarHeader(path: blobPath(.zero), byteCount: 0, largest: largest)
    let room = headerBytes(header, for: file)
    let start = position + UInt64(room)
    let layer: WrittenLayer
    switch file.packing(options.profile) {
    case .raw, .tar, .tarGzip: layer = try writer.writeRaw(file.source, at: start)
    case .tarZstd:
      layer = try writer.writeFrames(
        TarLayer(path: file.record.path, source: file.source),
        level: file.record.kind == .weight ? options.weightLevel : options.sideLevel, at: start)
    case .zstd:
      layer = try writer.writeFrames(file.source, level: options.sideLevel, at: start)
    case .planes:
      let encoders = PlaneEncoders(textLevel: options.sideLevel, name: file.source.name)
      let plan = try encoders.plan(file)
      layer = try writer.writePlanes(file.source, plan, encoders: encoders, at: start)
    }
    if let expected = file.expected, layer.fileDigest.reference != expected {
      throw FormatError(
        .digestMismatch,
        "the file has the digest \(layer.fileDigest.reference); \(expected) is announced",
        in: file.source.name)
    }
    // The same bytes twice are one blob; the next layer takes this place.
    guard blobs.insert(layer.digest).inserted else { return layer }
    header.path = blobPath(layer.digest)
    header.byteCount = layer.byteCount
    let bytes = room == TarHeader.blockBytes ? header.encoded : header.encoded(filling: room)
    guard let bytes, bytes.count == room else {
      preconditionFailure("a header does not fit into its room")
    }
    try put(bytes, at: position)
    let end = start + layer.byteCount
    let padding = TarHeader.padding(after: layer.byteCount)
    try put([UInt8](repeating: 0, count: padding), at: end)
    position = end + UInt64(padding)
    return layer
  }

  private func blobPath(_ digest: Digest) -> ByteString { ByteString(Descriptor.path(digest)) }

  /// The bytes of the header in front of a layer: a padded one where the file can be mapped.
  private func headerBytes(_ header: TarHeader, for file: PlannedFile) -> Int {
    let isMapped =
      options.profile == .raw && file.record.kind == .weight
      && file.source.byteCount >= Self.alignment
    guard isMapped || header.recordsSize else { return TarHeader.blockBytes }
    let smallest = position + UInt64(header.reservedBytes)
    guard isMapped else { return header.reservedBytes }
    let aligned = (smallest + Self.alignment - 1) / Self.alignment * Self.alignment
    return Int(aligned - position)
  }

  /// The most bytes that a file's layer can take.
  private func largestByteCount(_ file: PlannedFile) -> UInt64 {
    switch file.packing(options.profile) {
    case .raw, .tar, .tarGzip: file.source.byteCount
    case .tarZstd:
      LayerWriter.largestByteCount(
        TarLayer(path: file.record.path, source: file.source).byteCount)
    case .zstd: LayerWriter.largestByteCount(file.source.byteCount)
    case .planes:
      PlanarOutput.largestByteCount(
        PlanarPlan(byteCount: file.source.byteCount, tensors: file.tensors))
    }
  }

  private func largestLayer(_ file: PlannedFile) -> WrittenLayer {
    WrittenLayer(
      digest: .zero, byteCount: largestByteCount(file), diffID: .zero, fileDigest: .zero,
      contents: file.packing(options.profile) == .planes ? .zero : nil)
  }

  private func documents(layers: [WrittenLayer]) -> BundleDocuments {
    let isRaw = options.profile == .raw
    let descriptors = zip(files, layers).map { file, layer in
      Descriptor(
        file: file.record, packing: file.packing(options.profile), digest: layer.digest,
        byteCount: layer.byteCount, fileDigest: isRaw ? nil : layer.fileDigest,
        contents: layer.contents)
    }
    return BundleDocuments(
      layers: descriptors, diffIDs: layers.map(\.diffID), description: description,
      reference: options.reference, identity: isRaw ? nil : identity(layers),
      isDense: options.profile == .dense)
  }

  private func identity(_ layers: [WrittenLayer]) -> Digest {
    BundleDocuments.identity(
      files: files.map(\.record), digests: layers.map(\.fileDigest),
      configuration: description.configuration(diffIDs: []))
  }

  private func put(_ bytes: [UInt8], at offset: UInt64) throws(FormatError) {
    do { try sink.write(bytes, at: offset) } catch { throw FormatError(error) }
  }

  private func summary(
    _ layers: [WrittenLayer], _ documents: BundleDocuments
  ) -> BundleSummary {
    let packed = zip(files, layers).map { file, layer in
      BundleSummary.File(
        path: file.record.path.text, kind: file.record.kind, byteCount: file.source.byteCount,
        storedByteCount: layer.byteCount, digest: layer.fileDigest.reference)
    }
    let warnings = packed.filter { $0.storedByteCount > Self.registryLimit }.map {
      "\($0.path): a layer of \($0.storedByteCount) bytes; some registries refuse more than "
        + "\(Self.registryLimit)"
    }
    return BundleSummary(
      files: packed, profile: options.profile, byteCount: position + UInt64(TarHeader.endBytes),
      manifestDigest: SHA256.hash(documents.manifest).reference,
      identity: identity(layers).reference, warnings: warnings)
  }
}

extension Digest {
  /// Stands for a digest that is not known yet.
  static let zero = SHA256.hash([])
}
