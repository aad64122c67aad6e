import Glibc
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports
import WeighbridgeSafetensors

/// Writes a checkpoint: a Hugging Face folder, or one file of safetensors.
struct CheckpointProduction {
  /// Where a checkpoint goes.
  enum Destination {
    case folder(String)
    case file(String)

    /// What an output path means; nil where it is none of the two.
    init?(_ path: String) {
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

  let export: CheckpointExport
  let destination: Destination
  let force: Bool
  let common: CommonOptions
  /// The largest size of a part's tensors.
  var splitSize: UInt64?

  /// Beyond this a folder's tensors are in several files, as transformers writes them.
  private static let usualSplit: UInt64 = 5_000_000_000

  private struct Part {
    let path: String
    let model: Model
    let layout: FileLayout
  }

  /// Prints the plan (`dryRun`) or writes the files, and says what was done.
  func run(dryRun: Bool, json: Bool) throws {
    ModelInput.report(export.notes, common.verbosity)
    let parts = try layOut()
    let companions = self.companions(parts)
    if dryRun {
      Console.print(json ? document(parts, companions, false).text() : table(parts))
      return
    }
    try refuseExisting(parts.map(\.path) + companions.map(\.path))
    // A new folder appears whole; in one that is there, each file does.
    let folder = try folder.map { try AtomicFolder(path: $0) }
    let start = ContinuousClock.now
    do {
      try write(parts, companions, in: folder)
      try folder?.commit()
    } catch {
      folder?.discard()
      throw error
    }
    if json { Console.print(document(parts, companions, true).text()) }
    let bytes = parts.reduce(0) { $0 + $1.layout.byteCount }
    let elapsed = (ContinuousClock.now - start).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    Console.note(
      "\(place): \(export.encoding), \(NumberFormat.bytes(bytes)), "
        + "\(export.model.tensors.count) tensors in \(NumberFormat.duration(seconds))",
      common.verbosity)
  }

  private func write(
    _ parts: [Part], _ companions: [(path: String, bytes: [UInt8])], in folder: AtomicFolder?
  ) throws {
    for (index, part) in parts.enumerated() {
      let path = staged(part.path, in: folder)
      let file = try AtomicFile(path: path, byteCount: part.layout.byteCount, replaces: force)
      try StreamingExecutor(workers: common.workerCount, chunkBytes: common.chunkBytes).write(
        part.model, as: part.layout, to: file.sink, progress: common.progress,
        activity: parts.count == 1
          ? "writing" : "writing, part \(index + 1) of \(parts.count)")
      try file.commit()
      folder?.adopt(path)
    }
    // config.json comes last: what is not whole is no checkpoint.
    for companion in companions {
      let path = staged(companion.path, in: folder)
      if let end = path.lastIndex(of: "/"), let folder {
        let parent = String(path[..<end])
        if PathKind(of: parent) == nil { try folder.makeFolder(parent) }
      }
      let file = try AtomicFile(
        path: path, byteCount: UInt64(companion.bytes.count), replaces: force)
      try file.sink.write(companion.bytes, at: 0)
      try file.commit()
      folder?.adopt(path)
    }
  }

  /// The folder to write; nil for a single file.
  private var folder: String? {
    if case .folder(let path) = destination { path } else { nil }
  }

  /// Where a file of the output is until the folder gets its name.
  private func staged(_ path: String, in folder: AtomicFolder?) -> String {
    guard let folder, let own = self.folder else { return path }
    return folder.root + path.dropFirst(own.count)
  }

  private var place: String {
    switch destination {
    case .folder(let path), .file(let path): path
    }
  }

  private func layOut() throws -> [Part] {
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

  private func companions(_ parts: [Part]) -> [(path: String, bytes: [UInt8])] {
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

  private func refuseExisting(_ paths: [String]) throws {
    guard !force else { return }
    for path in paths where unsafe access(path, F_OK) == 0 {
      throw IOError(
        .create, path: path, reason: "it exists already (use --force to replace it)")
    }
  }

  private func table(_ parts: [Part]) -> String {
    var table = Table([
      .text("TENSOR", flexible: true), .text("SHAPE"), .text("TO"), .number("BYTES"), .text("FILE"),
    ])
    for part in parts {
      let name = part.path.split(separator: "/").last.map(String.init) ?? part.path
      for tensor in part.model.tensors {
        table.add([
          tensor.name.text, tensor.layout.shape.description, export.encoding,
          NumberFormat.grouped(Int(clamping: tensor.layout.byteCount)), name,
        ])
      }
    }
    return table.text(for: Terminal.output) + "\nnothing was written\n"
  }

  private func document(
    _ parts: [Part], _ companions: [(path: String, bytes: [UInt8])], _ isWritten: Bool
  ) -> JSONValue {
    [
      "schema": "weighbridge.convert/1",
      "files": .array(
        parts.map { ["path": JSONValue($0.path), "bytes": JSONValue($0.layout.byteCount)] }
          + companions.map { ["path": JSONValue($0.path), "bytes": .integer($0.bytes.count)] }),
      "written": .bool(isWritten), "recipe": JSONValue(export.encoding),
      "tensorBytes": JSONValue(export.model.tensorBytes),
      "tensors": .array(
        parts.flatMap { part in
          zip(part.model.tensors, part.layout.payloadOffsets).map { tensor, offset in
            [
              "name": .string(tensor.name),
              "shape": .array(tensor.layout.shape.dimensions.map { .integer($0) }),
              "to": JSONValue(export.encoding), "bytes": JSONValue(tensor.layout.byteCount),
              "file": JSONValue(part.path), "offset": JSONValue(offset),
            ]
          }
        }),
      "notes": .array(export.notes.map { JSONValue("\($0.place): \($0.message)") }),
    ]
  }
}
