internal import Synchronization
package import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

/// What a check of a whole bundle found.
package struct BundleVerification: Hashable, Sendable {
  /// What is wrong, layer by layer; empty where all is well.
  package let problems: [FormatError]
  /// The SHA-256 of each file that could be read, in the order of `BundleReader.files`; nil for
  /// others.
  package let digests: [String?]
  /// The bytes of content that were read.
  package let byteCount: UInt64
  /// Whether nothing is wrong.
  package var isSound: Bool { problems.isEmpty }
}

extension BundleReader {
  /// Opens a bundle and verifies it; what keeps it from being opened is a problem like others.
  package static func verify(
    _ source: any ByteSource, limits: BundleLimits = .default, workers: Int = 1,
    progress: any ProgressObserver = SilentProgress()
  ) -> BundleVerification {
    do {
      return try BundleReader(source, limits: limits).verify(workers: workers, progress: progress)
    } catch { return BundleVerification(problems: [error], digests: [], byteCount: 0) }
  }

  /// Reads every layer and compares every digest, without writing anything.
  ///
  /// A damaged layer does not end the check: each problem names its file, and for layers of zstd
  /// frames the frame or the chunk. Also checked are the blobs that no manifest names, the identity and,
  /// in a bundle written by this library, every byte between the blobs. Of a file that is predicted only
  /// what is stored is checked, unless the check `isDeep`: then it is computed anew.
  package func verify(
    workers: Int = 1, isDeep: Bool = false, progress: any ProgressObserver = SilentProgress()
  ) -> BundleVerification {
    progress.begin(
      "verifying", total: layers.indices.reduce(0) { $0 &+ contentByteCount(of: $1) }, unit: .bytes)
    defer { progress.end() }
    let checks = checkLayers(workers, isDeep: isDeep, progress)
    var problems = framingProblems() + strayBlobProblems() + checks.flatMap(\.problems)
    let digests = files.map { file in
      checks[file.layer].files.flatMap {
        $0.indices.contains(file.entry) ? $0[file.entry] : nil
      }
    }
    if digests.allSatisfy({ $0 != nil }) {
      problems += identityProblems(digests.compactMap { $0 })
    }
    return BundleVerification(
      problems: problems, digests: digests.map { $0?.reference },
      byteCount: files.indices.reduce(0) {
        $0 + (digests[$1] == nil ? 0 : files[$1].byteCount)
      })
  }

  /// What a check of one layer found; no digests of files where it could not be read.
  private struct LayerCheck {
    var problems: [FormatError] = []
    var files: [Digest]?
  }

  /// Checks all layers: those that are only hashed beside each other, the others by all workers in turn.
  private func checkLayers(
    _ workers: Int, isDeep: Bool, _ progress: any ProgressObserver
  ) -> [LayerCheck] {
    let hashed = layers.indices.filter { index in
      layers[index].packing == .raw || (layers[index].isPredicted && !isDeep)
    }
    let found = Mutex<[Int: LayerCheck]>([:])
    // What fails is what is found: nothing is thrown.
    try? Workers.run(workers, jobs: hashed.count) { (job) throws(FormatError) in
      let check = check(layers[hashed[job]], 1, isDeep: isDeep, progress)
      found.withLock { $0[hashed[job]] = check }
    }
    var checks = found.withLock { $0 }
    for index in layers.indices where checks[index] == nil {
      checks[index] = check(layers[index], workers, isDeep: isDeep, progress)
    }
    return layers.indices.map { checks[$0] ?? LayerCheck() }
  }

  private func check(
    _ layer: BundleLayer, _ workers: Int, isDeep: Bool, _ progress: any ProgressObserver
  ) -> LayerCheck {
    do throws(FormatError) {
      guard isDeep || !layer.isPredicted else {
        let problems = try storedProblems(layer, workers, progress)
        return LayerCheck(problems: problems, files: try layer.fileDigest().map { [$0] })
      }
      let walk = LayerWalk(layer, limits: limits, workers: workers, progress: progress)
      let result = try walk.run(isThorough: true, sink: { (_, _) throws(FormatError) in nil })
      return LayerCheck(problems: try layer.problems(result), files: result.files)
    } catch { return LayerCheck(problems: damagedParts(layer, workers, otherwise: error)) }
  }

  /// What is wrong with a layer as it is stored.
  private func storedProblems(
    _ layer: BundleLayer, _ workers: Int, _ progress: any ProgressObserver
  ) throws(FormatError) -> [FormatError] {
    let (digest, _) = try PlainLayerStream(layer.blob).finish()
    progress.advance(by: layer.contents?.byteCount ?? 0)
    guard digest != layer.descriptor.digest else { return [] }
    let error = FormatError(
      .digestMismatch,
      "the layer has the digest \(digest.reference); \(layer.descriptor.digest.reference) is "
        + "announced", in: layer.blob.name, at: layer.offset)
    return damagedParts(layer, workers, otherwise: error)
  }

  /// All parts of a layer that cannot be decoded, or the error that ended its reading.
  private func damagedParts(
    _ layer: BundleLayer, _ workers: Int, otherwise error: FormatError
  ) -> [FormatError] {
    guard let contents = layer.contents as? FrameSource else { return [error] }
    let problems = contents.damage(workers: workers)
    return problems.isEmpty ? [error] : problems
  }

  /// Blobs that nothing refers to, and whose digest is not their name.
  private func strayBlobProblems() -> [FormatError] {
    let known = Set(layers.map(\.descriptor.path))
    var problems: [FormatError] = []
    for entry in archive.entries where entry.plainPath.hasPrefix("blobs/sha256/") {
      let path = entry.plainPath.text
      guard !known.contains(path), entry.byteCount > 0 else { continue }
      do throws(FormatError) {
        let source = try archive.contents(of: entry, name: name + "#" + path)
        let digest: Digest
        do { digest = try SHA256.hash(source) } catch { throw FormatError(error) }
        guard path != Descriptor.path(digest) else { continue }
        problems.append(
          FormatError(
            .digestMismatch, "'\(path)' has the digest \(digest.reference)", in: name,
            at: entry.contentOffset))
      } catch { problems.append(error) }
    }
    return problems
  }

  /// The identity that the files and the configuration amount to.
  private func identityProblems(_ digests: [Digest]) -> [FormatError] {
    guard let announced = manifest.identity else { return [] }
    let records = files.map { file in
      let layer = layers[file.layer]
      return FileRecord(
        path: layer.entries[file.entry].path, kind: file.kind,
        isKindCertain: layer.descriptor.annotation(Annotation.untested) != "true",
        byteCount: file.byteCount)
    }
    let computed = BundleDocuments.identity(
      files: records, digests: digests, configuration: configuration)
    guard computed != announced else { return [] }
    return [
      FormatError(
        .digestMismatch,
        "the bundle's identity is \(computed.reference); \(announced.reference) is announced",
        in: name)
    ]
  }
}
