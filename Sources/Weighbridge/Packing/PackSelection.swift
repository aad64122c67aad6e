package import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeFormats
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The files that belong to what the user named, and what they say of themselves.
package struct PackSelection {
  package private(set) var inputs: [BundleInput] = []
  package private(set) var description = BundleDescription()
  /// The paths of files that are quantized on the way.
  package private(set) var made: Set<String> = []
  private var isDescribed = false
  private var places = TensorPlaces()
  /// Where the first model is among the inputs: a file, or the beginning of the paths of a folder.
  private var first: (path: String, place: String)?

  /// Gathers what a request names, and what its ladder adds.
  package init(_ request: PackRequest) throws {
    guard request.profile == .dense || (request.ladder.isEmpty && request.base == nil) else {
      throw RequestError(
        message: "--ladder and --base store differences, which only the profile dense can hold",
        hint: "--profile dense")
    }
    for path in request.paths { try add(path, isOnly: request.paths.count == 1) }
    var importance: String?
    if let path = request.importance {
      try add(path, isOnly: false)
      importance = ModelInput.shortName(path)
    }
    guard request.profile == .dense else { return }
    if let base = request.base {
      let reader = try ModelInput.requiredBundle(base)
      inputs = try BaseDifferences(reader).predicting(inputs)
    }
    guard let first else {
      guard request.ladder.isEmpty else {
        throw RequestError(message: "--ladder quantizes a model, and none was named")
      }
      return
    }
    let rungs = LadderMaking(inputs: inputs, model: first.place, importance: importance)
    let made =
      try request.ladder.isEmpty ? [] : rungs.make(request.ladder, of: first.path, request)
    self.made = Set(made.map(\.path))
    inputs = try rungs.predicting(inputs + made, isRequired: !made.isEmpty)
  }

  /// Adds a file, all shards of a split model, or a folder.
  private mutating func add(_ path: String, isOnly: Bool) throws {
    if DirectoryTree.isDirectory(path) {
      let tree = try DirectoryTree(path: path)
      let prefix = isOnly ? "" : ModelInput.shortName(path) + "/"
      for name in tree.names {
        let source = try tree.open(name)
        inputs.append(
          BundleInput(
            path: prefix + name, source: source,
            tensors: places.tensors(of: source, named: name, in: tree)))
      }
      if let model = try Self.model(path) {
        describe(model)
        first = first ?? (path, prefix)
      }
      return
    }
    let model = try Self.model(path)
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let shards = (model?.origin.files ?? []).map { ModelInput.shortName($0.path) }
    let names = shards.count > 1 ? shards : [ModelInput.shortName(path)]
    if let model { places.add(model) }
    for name in names where !inputs.contains(where: { $0.path == name }) {
      let source = try FileSource(path: folder + name)
      inputs.append(
        BundleInput(
          path: name, source: source,
          tensors: places.tensors(of: source, named: name, in: SingleFileTree(path: folder + name))
        ))
    }
    if let model {
      describe(model)
      first = first ?? (path, names[0])
    }
  }

  /// The model at a path; nil for what is none, which is packed as it is.
  ///
  /// A model of which parts are missing is an error: what was packed could not be put together again.
  private static func model(_ path: String) throws -> Model? {
    do { return try Formats.open(path: path) } catch {
      if error.code == .missingFile || error.cause != nil { throw error }
      return nil
    }
  }

  /// Takes the description from the first model.
  private mutating func describe(_ model: Model) {
    guard !isDescribed else { return }
    isDescribed = true
    let inspection = Inspection(model, path: "")
    func text(_ key: ByteString) -> String? { model.metadata[key]?.string?.text }
    description.name = text("general.name") ?? text("general.basename")
    description.family = inspection.architecture
    description.version = text("general.version")
    description.vendor = text("general.organization")
    description.authors = text("general.author").map { [$0] } ?? []
    description.summary = text("general.description")
    description.sourceURL = text("general.source.url") ?? text("general.url")
    description.licenses = text("general.license").map { [$0] } ?? []
    description.architecture = "transformer"
    description.format = model.origin.format.lowercased()
    description.parameterCount = inspection.summary.parameters
    description.precision = inspection.summary.encodings.first?.name.lowercased()
    if model.origin.kind == .gguf { description.quantization = TypeName.of(model) }
  }
}
