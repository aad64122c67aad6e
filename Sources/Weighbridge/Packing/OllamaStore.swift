internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeFormats
internal import WeighbridgeGGUF
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A folder in which ollama keeps its models: a manifest for each name, and blobs by digest.
struct OllamaStore {
  let path: String

  private static let limit: UInt64 = 4 << 20
  private static let modelType = "application/vnd.ollama.image.model"

  /// The path of the GGUF file that a name stands for.
  func model(_ name: OllamaName) throws -> String {
    let place = path + "/" + name.manifestPath
    guard PathKind(following: place) == .file else {
      throw FormatError(
        .missingFile, "ollama's store at \(path) has no model '\(name.shortText)'", in: place,
        hint: "'ollama list' shows what is there; OLLAMA_MODELS names another store")
    }
    let source = try FileSource(path: place)
    guard source.byteCount <= Self.limit else {
      throw FormatError(.limitExceeded, "a manifest of \(source.byteCount) bytes", in: place)
    }
    let manifest = try JSONValue.read(source)
    for layer in manifest["layers"]?.array ?? [] where layer["mediaType"]?.text == Self.modelType {
      guard let digest = layer["digest"]?.text, digest.hasPrefix("sha256:"),
        Digest(hexadecimal: digest.dropFirst(7)) != nil
      else { throw FormatError(.invalidValue, "the model's digest is no SHA-256", in: place) }
      return path + "/" + Self.blob(digest)
    }
    throw FormatError(
      .unsupportedEncoding, "the manifest names no GGUF model", in: place,
      hint: "models that ollama keeps as safetensors are not read")
  }

  private static func blob(_ digest: String) -> String {
    "blobs/" + digest.replacing(":", with: "-", maxReplacements: 1)
  }

  /// A model of a bundle, as the store has it.
  private struct Entry {
    let name: OllamaName
    let source: any ByteSource
    let digest: String
    let model: Model
  }

  /// Adds the models of a bundle; the names under which they are known there.
  ///
  /// Blobs that are there already are the same, by their names, and stay. Manifests come last.
  func add(
    _ bundle: BundleReader, as name: OllamaName, only: Set<String>?, replaces: Bool,
    using resources: Resources
  ) throws -> [OllamaName] {
    let entries = try entries(of: bundle, as: name, only)
    let folder = try AtomicFolder(path: path, replacing: replaces)
    var files: [(name: String, source: any ByteSource, digest: String?)] = []
    var manifests: [(name: String, source: any ByteSource, digest: String?)] = []
    func addBlob(_ source: any ByteSource, _ digest: String) {
      let name = Self.blob(digest)
      let isThere = PathKind(following: path + "/" + name) == .file
      guard !isThere, !files.contains(where: { $0.name == name }) else { return }
      files.append((name, source, digest))
    }
    for entry in entries {
      addBlob(entry.source, entry.digest)
      let configuration = Self.configuration(entry.model, digest: entry.digest)
      let text = "sha256:" + SHA256.hash(configuration).hexadecimal
      addBlob(MemorySource(configuration, name: "configuration"), text)
      let manifest = Self.manifest(entry, configuration, digest: text)
      manifests.append(
        (entry.name.manifestPath, MemorySource(manifest, name: entry.name.shortText), nil))
    }
    files += manifests
    try folder.prepare(files.map { ($0.name, $0.source.byteCount) })
    let progress = resources.progress
    progress.begin("unpacking", total: files.reduce(0) { $0 + $1.source.byteCount }, unit: .bytes)
    defer { progress.end() }
    for file in files {
      let output = try folder.create(file.name, byteCount: file.source.byteCount)
      let found = try bundle.copy(file.source, to: output.sink, at: 0, progress)
      if let digest = file.digest, digest != found {
        throw FormatError(
          .digestMismatch, "the file has the digest \(found); \(digest) is announced",
          in: file.source.name)
      }
      try folder.finish(output)
    }
    try folder.commit()
    return entries.map(\.name)
  }

  /// The models of a bundle: one keeps the name, several get their types for tags.
  private func entries(
    of bundle: BundleReader, as name: OllamaName, _ only: Set<String>?
  ) throws -> [Entry] {
    let tree = BundleTree(bundle)
    var found: [(source: any ByteSource, digest: String, model: Model)] = []
    var seen: Set<String> = []
    for file in bundle.files where file.kind == .weight && file.isSeekable {
      guard only?.contains(file.path) ?? true, !seen.contains(file.path),
        let model = try? Formats.open(file.path, in: tree), model.kind == .gguf
      else { continue }
      let parts = model.origin.files
      seen.formUnion(parts.compactMap { $0.path.split(separator: "#").last.map(String.init) })
      if parts.count > 1 {
        // The store has one blob a model.
        let merged = GGUFSplit.markedAsMerged(model)
        let source = PlannedSource(merged, as: try GGUF.layOut(merged), name: file.path)
        let digest = "sha256:" + (try SHA256.hash(source)).hexadecimal
        found.append((source, digest, merged))
      } else {
        let source = try bundle.open(file)
        let digest = try file.digest ?? "sha256:" + SHA256.hash(source).hexadecimal
        found.append((source, digest, model))
      }
    }
    guard !found.isEmpty else {
      throw RequestError(
        message: "\(bundle.name) has no GGUF model, which is all that ollama's store takes",
        hint: "pack one that 'weighbridge convert' has made")
    }
    var tags: Set<String> = []
    return try found.map { part in
      guard found.count > 1 else {
        return Entry(name: name, source: part.source, digest: part.digest, model: part.model)
      }
      let type = OllamaName.part(TypeName.of(part.model))
      var tag = name.tag == "latest" ? type : name.tag + "-" + type
      while !tags.insert(tag).inserted { tag += "-2" }
      let own = try OllamaName("\(name.host)/\(name.namespace)/\(name.model):\(tag)")
      return Entry(name: own, source: part.source, digest: part.digest, model: part.model)
    }
  }

  /// The configuration: ollama's `ConfigV2` (types/model/config.go), fields in their order, as Go's encoder
  /// writes them, a line feed at the end.
  static func configuration(_ model: Model, digest: String) -> [UInt8] {
    let family = model.metadata["general.architecture"]?.string?.text ?? "unknown"
    let count = ModelSummary(model).parameters
    let fields = [
      ("model_format", GoJSON.text("gguf")), ("model_family", GoJSON.text(family)),
      ("model_families", "[" + GoJSON.text(family) + "]"),
      ("model_type", GoJSON.text(humanNumber(count))),
      ("file_type", GoJSON.text(TypeName.of(model))), ("architecture", GoJSON.text("amd64")),
      ("os", GoJSON.text("linux")),
      (
        "rootfs",
        GoJSON.object([
          ("type", GoJSON.text("layers")), ("diff_ids", "[" + GoJSON.text(digest) + "]"),
        ])
      ),
    ]
    return Array((GoJSON.object(fields) + "\n").utf8)
  }

  /// The manifest, as `WriteManifest` writes it.
  private static func manifest(
    _ entry: Entry, _ configuration: [UInt8], digest: String
  ) -> [UInt8] {
    func layer(_ type: String, _ digest: String, _ size: UInt64) -> String {
      GoJSON.object([
        ("mediaType", GoJSON.text(type)), ("digest", GoJSON.text(digest)), ("size", "\(size)"),
      ])
    }
    let fields = [
      ("schemaVersion", "2"),
      ("mediaType", GoJSON.text("application/vnd.docker.distribution.manifest.v2+json")),
      (
        "config",
        layer(
          "application/vnd.docker.container.image.v1+json", digest, UInt64(configuration.count))
      ),
      ("layers", "[" + layer(modelType, entry.digest, entry.source.byteCount) + "]"),
    ]
    return Array((GoJSON.object(fields) + "\n").utf8)
  }

  /// A count of parameters as ollama shows it (format/format.go, `HumanNumber`): 8.0B, 134.52M.
  static func humanNumber(_ count: UInt64) -> String {
    func rounded(_ unit: UInt64, _ digits: Int) -> String {
      let number = Double(count) / Double(unit)
      if count % unit == 0 { return "\(count / unit)" }
      let scale = digits == 1 ? 10.0 : 100.0
      let units = UInt64((number * scale).rounded(.toNearestOrEven))
      let rest = "\(units % UInt64(scale))"
      return "\(units / UInt64(scale))."
        + String(repeating: "0", count: digits - rest.utf8.count) + rest
    }
    if count >= 1_000_000_000 { return rounded(1_000_000_000, 1) + "B" }
    if count >= 1_000_000 { return rounded(1_000_000, 2) + "M" }
    if count >= 1_000 { return "\((count + 500) / 1_000)K" }
    return "\(count)"
  }
}

/// JSON as Go's `encoding/json` writes it: no spaces, `<`, `>` and `&` escaped, and U+2028 and U+2029.
enum GoJSON {
  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { text($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }

  static func text(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
