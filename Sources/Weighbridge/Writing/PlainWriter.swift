package import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
package import WeighbridgeModelIR

/// Writes a model's tensors as they are into a GGUF file, or its parts into several: all or none.
package struct PlainWriter: Sendable {
  package let resources: Resources
  package let force: Bool
  /// What is done, in a word: `splitting`.
  package let activity: String
  /// The order of bytes in the files.
  package var byteOrder = ByteOrder.little

  /// Prepares to write.
  package init(resources: Resources, force: Bool, activity: String) {
    self.resources = resources
    self.force = force
    self.activity = activity
  }

  /// Writes the files; the number of bytes of each.
  ///
  /// `output` is what the user named: the file, or what the names of the parts begin with.
  package func write(
    _ parts: [(path: String, model: Model)], of source: Model, as output: String
  ) throws -> [UInt64] {
    let parts = try parts.map { ($0.path, model: try GGUF.stored($0.model, in: byteOrder)) }
    let layouts = try parts.map { try GGUF.layOut($0.model, byteOrder: byteOrder) }
    let inputs = source.origin.files.map(\.path)
    let files = try JournaledOutput(
      path: output,
      parts: zip(parts, layouts).map { .init(path: $0.0, byteCount: $1.byteCount) },
      identity: PlanIdentity(
        activity, of: source, from: inputs,
        parts: zip(parts, layouts).map { (ModelInput.shortName($0.0), $1) }, version: version),
      resumes: false, replaces: force)
    if files.isResumed {
      let bytes = try files.verify(workers: resources.threads, progress: resources.progress)
      resources.observer?.resumed(bytes: bytes, of: layouts.reduce(0) { $0 &+ $1.byteCount })
    }
    let executor = StreamingExecutor(workers: resources.threads, chunkBytes: resources.chunkBytes)
    for (index, part) in parts.enumerated() {
      guard let target = files.target(index) else { continue }
      try executor.write(
        part.model, as: layouts[index], to: target.sink, ledger: target.ledger,
        progress: resources.progress,
        activity: parts.count == 1 ? activity : "\(activity), part \(index + 1) of \(parts.count)")
    }
    try InputLedger.checkUnchanged(inputs)
    try files.commit()
    return layouts.map(\.byteCount)
  }
}
