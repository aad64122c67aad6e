internal import Synchronization
package import WeighbridgeByteIO
package import WeighbridgeDigests
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The digests of a model.
package struct ModelHashes {
  package let tensors: [(name: ByteString, digest: Digest)]
  package let files: [(path: String, digest: Digest)]
  /// Over names, encodings, shapes, tensor digests and metadata, each sorted by name.
  package let content: Digest

  /// Reads every byte once for the tensors and once for the files; tensors and files are spread over
  /// the workers, largest first.
  package init(_ model: Model, workers: Int, progress: any ProgressObserver) throws {
    let sizes = model.tensors.map(\.layout.byteCount) + model.origin.files.map(\.byteCount)
    let order = sizes.indices.sorted { sizes[$0] > sizes[$1] }
    let digests = Mutex([Digest?](repeating: nil, count: sizes.count))
    progress.begin("hashing", total: sizes.reduce(0, +), unit: .bytes)
    defer { progress.end() }
    try Workers.run(order.count, on: workers, scratch: { PayloadScratch() }) {
      (scratch: inout PayloadScratch, job: Int) throws(FormatError) in
      let index = order[job]
      let digest =
        index < model.tensors.count
        ? try Self.hash(model.tensors[index], &scratch, progress)
        : try Self.hash(model.origin.files[index - model.tensors.count].path, progress)
      digests.withLock { $0[index] = digest }
    }
    let all = digests.withLock { $0.compactMap { $0 } }
    tensors = zip(model.tensors, all).map { ($0.name, $1) }
    files = zip(model.origin.files, all.dropFirst(model.tensors.count)).map { ($0.path, $1) }
    content = Self.content(model, tensors.map(\.digest))
  }

  private static func hash(
    _ tensor: Tensor, _ scratch: inout PayloadScratch, _ progress: any ProgressObserver
  ) throws(FormatError) -> Digest {
    let layout = tensor.layout
    // Bytes as they lie in a file: also those of an unknown encoding, which has only one long row.
    if let span = tensor.payload.span {
      do {
        let digest = try SHA256.hash(span.source, span.extent)
        progress.advance(by: span.extent.byteCount)
        return digest
      } catch { throw FormatError(error) }
    }
    var running = SHA256()
    let step = max(1, (1 << 20) / max(1, layout.bytesPerRow))
    for start in stride(from: 0, to: layout.rowCount, by: step) {
      let rows = start..<min(start + step, layout.rowCount)
      let count = rows.count * layout.bytesPerRow
      let bytes = try tensor.payload.borrow(rows: rows, from: &scratch)
      running.update(unsafe bytes.span.bytes.extracting(0..<count))
      scratch.give(bytes)
      progress.advance(by: UInt64(count))
    }
    return running.finalize()
  }

  private static func hash(
    _ path: String, _ progress: any ProgressObserver
  ) throws(FormatError) -> Digest {
    let source = try ModelInput.source(path)
    do {
      let digest = try SHA256.hash(source)
      progress.advance(by: source.byteCount)
      return digest
    } catch { throw FormatError(error) }
  }

  /// Fields are set apart by their lengths, so no two contents feed the same bytes.
  private static func content(_ model: Model, _ digests: [Digest]) -> Digest {
    var running = SHA256()
    func feed(_ running: inout SHA256, _ field: [UInt8]) {
      running.update((0..<8).map { UInt8(truncatingIfNeeded: field.count >> (8 * $0)) })
      running.update(field)
    }
    let tensors = zip(model.tensors, digests).sorted { $0.0.name < $1.0.name }
    for (tensor, digest) in tensors {
      feed(&running, tensor.name.bytes)
      feed(&running, Array(tensor.layout.encoding.name.utf8))
      feed(&running, Array(tensor.layout.shape.description.utf8))
      feed(&running, digest.bytes)
    }
    let container: Set<ByteString> = [
      "general.alignment", "split.no", "split.count", "split.tensors.count",
      "edit.reserve",
    ]
    for entry in model.metadata.entries.sorted(by: { $0.key < $1.key })
    where !container.contains(entry.key) {
      feed(&running, entry.key.bytes)
      feed(&running, Array(entry.value.typeName.utf8))
      // Twice, for the length goes first and the text may be large.
      var count = 0
      entry.value.writeJSON { count += $0.count }
      running.update((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
      entry.value.writeJSON { running.update($0) }
    }
    return running.finalize()
  }
}
