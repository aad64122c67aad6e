import Glibc
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeReports

/// Writes a model's tensors as they are into a GGUF file.
struct PlainWriter {
  let common: CommonOptions
  let force: Bool

  func write(_ model: Model, to path: String, activity: String) throws {
    let layout = try GGUF.layOut(model)
    let file = try AtomicFile(path: path, byteCount: layout.byteCount, replaces: force)
    try StreamingExecutor(workers: common.workerCount, chunkBytes: common.chunkBytes).write(
      model, as: layout, to: file.sink, progress: common.progress, activity: activity)
    try file.commit()
    Console.note(
      "\(path): \(model.tensors.count) tensors, \(NumberFormat.bytes(layout.byteCount))",
      common.verbosity)
  }
}

/// Whether two paths lead to one file.
enum SameFile {
  static func check(_ first: String, _ second: String) -> Bool {
    var (a, b) = (stat(), stat())
    guard unsafe stat(first, &a) == 0, unsafe stat(second, &b) == 0 else { return false }
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev
  }
}
