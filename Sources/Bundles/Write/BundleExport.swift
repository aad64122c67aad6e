package import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

extension BundleReader {
  /// Packs the same files again, held by another profile; the identity stays.
  ///
  /// What is unpacked on the way is compared with its digests before the new bundle gets its name.
  package func repack(
    to path: String, options: PackOptions, progress: any ProgressObserver = SilentProgress()
  ) throws(FormatError) -> BundleSummary {
    var inputs: [BundleInput] = []
    for file in files {
      let layer = layers[file.layer]
      var input = BundleInput(path: file.path, source: try open(file), kind: file.kind)
      input.isKindCertain = layer.descriptor.annotation(Annotation.untested) != "true"
      input.expected = file.digest
      inputs.append(input)
    }
    var description = BundleDescription()
    description.verbatim = configuration
    return try BundleWriter.pack(
      inputs, description: description, to: path, options: options, progress: progress)
  }

  /// Writes the archive that `docker model load` reads: blobs by digest, and the manifest of the profile
  /// `raw` as `manifest.json` behind them (docker/model-runner, pkg/distribution/tarball/target.go).
  package func exportForDocker(
    to path: String, replaces: Bool, progress: any ProgressObserver = SilentProgress()
  ) throws(FormatError) {
    let (manifest, configuration) = try rawDocuments()
    do {
      let output = try AtomicFile(path: path, byteCount: nil, replaces: replaces)
      progress.begin(
        "unpacking", total: files.reduce(0) { $0 &+ $1.byteCount }, unit: .bytes)
      defer { progress.end() }
      var position: UInt64 = 0
      var written: Set<String> = []
      for file in files {
        guard let digest = file.digest, written.insert(digest).inserted else { continue }
        position = try put(
          open(file), digest, Descriptor.path(try Self.digest(digest, name)), at: position,
          to: output.sink, progress)
      }
      for (name, bytes) in [
        (Descriptor.path(SHA256.hash(configuration)), configuration), ("manifest.json", manifest),
      ] where written.insert(name).inserted {
        position = try put(
          MemorySource(bytes, name: name), nil, name, at: position, to: output.sink, progress)
      }
      try output.sink.truncate(to: position + UInt64(TarHeader.endBytes))
      try output.commit()
    } catch let error as FormatError {
      throw error
    } catch let error as IOError {
      throw FormatError(error)
    } catch { preconditionFailure("no other errors are thrown") }
  }

  private static func digest(_ text: String, _ name: String) throws(FormatError) -> Digest {
    guard let digest = Digest(reference: text) else {
      throw FormatError(.invalidValue, "'\(text)' is no SHA-256", in: name)
    }
    return digest
  }

  /// The manifest and the configuration of the profile `raw`, whatever this bundle's is.
  private func rawDocuments() throws(FormatError) -> (manifest: [UInt8], configuration: [UInt8]) {
    var records: [FileRecord] = []
    var digests: [Digest] = []
    for file in files {
      guard let text = file.digest else {
        throw FormatError(
          .unsupportedEncoding, "the bundle does not tell the digest of '\(file.path)'", in: name,
          hint: "unpack it to a folder, and pack that again")
      }
      let layer = layers[file.layer]
      records.append(
        FileRecord(
          path: layer.entries[file.entry].path, kind: file.kind,
          isKindCertain: layer.descriptor.annotation(Annotation.untested) != "true",
          byteCount: file.byteCount))
      digests.append(try Self.digest(text, name))
    }
    return BundleDocuments.raw(files: records, digests: digests, configuration: configuration)
  }

  /// Writes a file of the archive, and compares its digest; returns where the next begins.
  private func put(
    _ source: any ByteSource, _ expected: String?, _ path: String, at position: UInt64,
    to sink: FileSink, _ progress: any ProgressObserver
  ) throws(FormatError) -> UInt64 {
    let header = TarHeader(path: ByteString(path), byteCount: source.byteCount).encoded
    do { try sink.write(header, at: position) } catch { throw FormatError(error) }
    let start = position + UInt64(header.count)
    let found = try copy(source, to: sink, at: start, progress)
    if let expected, found != expected {
      throw FormatError(
        .digestMismatch, "the file has the digest \(found); \(expected) is announced",
        in: source.name)
    }
    let padding = TarHeader.padding(after: source.byteCount)
    do {
      try sink.write([UInt8](repeating: 0, count: padding), at: start + source.byteCount)
    } catch { throw FormatError(error) }
    return start + source.byteCount + UInt64(padding)
  }

  /// Copies bytes and returns their digest, as `sha256:…`.
  package func copy(
    _ source: any ByteSource, to sink: any PositionalSink, at start: UInt64,
    _ progress: any ProgressObserver
  ) throws(FormatError) -> String {
    let buffer = Buffer(capacity: 1 << 20)
    let digest = RunningDigest()
    var offset: UInt64 = 0
    while offset < source.byteCount {
      let count = Int(min(UInt64(buffer.capacity), source.byteCount - offset))
      try buffer.fill(0..<count, from: source, at: offset)
      digest.feed(buffer, 0..<count)
      try buffer.write(0..<count, to: sink, at: start + offset)
      offset += UInt64(count)
      progress.advance(by: UInt64(count))
    }
    return digest.finish().reference
  }
}
