internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeJSON
package import WeighbridgeModelIR
internal import WeighbridgeSafetensors

/// Writes a checkpoint: a Hugging Face folder, or one file of safetensors.
package struct CheckpointWriter: Sendable {
  /// Where a checkpoint goes.
  package enum Destination: Sendable {
    case folder(String)
    case file(String)

    /// What an output path means; nil where it is none of the two.
    package init?(_ path: String) {
      if path.hasSuffix("/") || DirectoryTree.isDirectory(path) {
        var folder = path
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        self = .folder(folder)
      } else if path.hasSuffix(".safetensors") {
        self = .file(path)
      } else {
        return nil
      }
    }
  }

  package let export: CheckpointExport
  package let destination: Destination
  package let force: Bool
  package let resources: Resources
  /// The largest size of a part's tensors.
  package var splitSize: UInt64?

  /// Prepares to write.
  package init(
    export: CheckpointExport, destination: Destination, force: Bool, resources: Resources,
    splitSize: UInt64?
  ) {
    self.export = export
    self.destination = destination
    self.force = force
    self.resources = resources
    self.splitSize = splitSize
  }

  /// Beyond this a folder's tensors are in several files, as transformers writes them.
  private static let usualSplit: UInt64 = 5_000_000_000

  /// A file of tensors to write.
  package struct Part: Sendable {
    package let path: String
    package let model: Model
    package let layout: FileLayout
  }

  /// A file beside the tensors.
  package typealias Companion = (path: String, bytes: [UInt8])

  /// Writes the files, all or none; the seconds that it took.
  package func write(_ parts: [Part], _ companions: [Companion]) throws -> Double {
    let start = ContinuousClock.now
    switch destination {
    case .folder(let path): try write(parts, companions, into: path)
    case .file(let path): try write(parts, to: path)
    }
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
  }

  private func write(_ parts: [Part], _ companions: [Companion], into path: String) throws {
    let folder = try AtomicFolder(path: path, replacing: force)
    defer { folder.discard() }
    let name = { (full: String) in String(full.dropFirst(path.count + 1)) }
    try folder.prepare(
      parts.map { (name($0.path), $0.layout.byteCount) }
        + companions.map { (name($0.path), UInt64($0.bytes.count)) })
    for (index, part) in parts.enumerated() {
      let file = try folder.create(name(part.path), byteCount: part.layout.byteCount)
      try write(part, index, of: parts.count, to: file.sink)
      try folder.finish(file)
    }
    for companion in companions {
      let file = try folder.create(
        name(companion.path), byteCount: UInt64(companion.bytes.count))
      try file.sink.write(companion.bytes, at: 0)
      try folder.finish(file)
    }
    try folder.commit()
  }

  private func write(_ parts: [Part], to path: String) throws {
    for part in parts {
      let file = try AtomicFile(path: path, byteCount: part.layout.byteCount, replaces: force)
      try write(part, 0, of: 1, to: file.sink)
      try file.commit()
    }
  }

  private func write(_ part: Part, _ index: Int, of count: Int, to sink: FileSink) throws {
    try StreamingExecutor(workers: resources.threads, chunkBytes: resources.chunkBytes).write(
      part.model, as: part.layout, to: sink, progress: resources.progress,
      activity: count == 1 ? "writing" : "writing, part \(index + 1) of \(count)")
  }

  /// The folder or the file.
  package var place: String {
    switch destination {
    case .folder(let path), .file(let path): path
    }
  }

  /// The files with their headers: nothing is written yet.
  package func layOut() throws -> [Part] {
    let groups: [[Tensor]]
    let path: (Int) -> String
    switch destination {
    case .file(let file):
      groups = [export.model.tensors]
      path = { _ in file }
    case .folder(let folder):
      let found = Self.groups(export.model.tensors, splitSize ?? Self.usualSplit)
      groups = found
      path = { index in
        guard found.count > 1 else { return folder + "/model.safetensors" }
        return folder + "/model-\(Self.five(index + 1))-of-\(Self.five(found.count)).safetensors"
      }
    }
    return try groups.enumerated().map { index, tensors in
      var model = export.model
      model.tensors = tensors
      return Part(path: path(index), model: model, layout: try Safetensors.layOut(model))
    }
  }

  private static func five(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  private static func groups(_ tensors: [Tensor], _ limit: UInt64) -> [[Tensor]] {
    var groups: [[Tensor]] = [[]]
    var bytes: UInt64 = 0
    for tensor in tensors {
      let own = tensor.layout.byteCount
      if bytes > 0, bytes + own > limit {
        groups.append([])
        bytes = 0
      }
      groups[groups.count - 1].append(tensor)
      bytes += own
    }
    return groups
  }

  /// The files beside the tensors.
  package func companions(_ parts: [Part]) -> [Companion] {
    guard case .folder(let folder) = destination else { return [] }
    var files = export.files.filter { $0.name != "config.json" }
    if parts.count > 1 {
      var places: [(ByteString, JSONValue)] = []
      for part in parts {
        let name = part.path.split(separator: "/").last.map(String.init) ?? part.path
        places += part.model.tensors.map { ($0.name, JSONValue(name)) }
      }
      places.sort { $0.0 < $1.0 }
      var map = JSONObject()
      for (name, file) in places { map[name] = file }
      let index: JSONValue = [
        "metadata": ["total_size": JSONValue(export.model.tensorBytes)],
        "weight_map": .object(map),
      ]
      files.append(("model.safetensors.index.json", Array((index.text() + "\n").utf8)))
    }
    files += export.files.filter { $0.name == "config.json" }
    return files.map { (folder + "/" + $0.name, $0.bytes) }
  }
}
