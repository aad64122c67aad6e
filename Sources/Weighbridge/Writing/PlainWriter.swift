internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
package import WeighbridgeModelIR

/// Writes a model's tensors as they are into a GGUF file.
package struct PlainWriter: Sendable {
  package let resources: Resources
  package let force: Bool

  /// Prepares to write.
  package init(resources: Resources, force: Bool) {
    self.resources = resources
    self.force = force
  }

  /// Writes the file whole or not at all; the number of its bytes.
  package func write(_ model: Model, to path: String, activity: String) throws -> UInt64 {
    let layout = try GGUF.layOut(model)
    let file = try AtomicFile(path: path, byteCount: layout.byteCount, replaces: force)
    try StreamingExecutor(workers: resources.threads, chunkBytes: resources.chunkBytes).write(
      model, as: layout, to: file.sink, progress: resources.progress, activity: activity)
    try file.commit()
    return layout.byteCount
  }
}
