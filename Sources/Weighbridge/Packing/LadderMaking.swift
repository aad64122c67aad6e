internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeFormats
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR

/// Quantized files of one model, in a bundle with it.
struct LadderMaking {
  private let tree: InputTree
  private let model: String
  private let importance: String?

  /// `model` and `importance` are paths among the inputs.
  init(inputs: [BundleInput], model: String, importance: String?) {
    tree = InputTree(inputs, name: model.isEmpty ? "the model" : model)
    self.model = model
    self.importance = importance
  }

  /// The files that `quantize` makes of the model at `path`, as sources: nothing is written yet.
  func make(
    _ types: [String], of path: String, _ request: PackRequest
  ) throws -> [BundleInput] {
    let source = try ModelInput.open(path)
    let stem = Self.stem(path, TypeName.of(source))
    var names = Set(tree.names)
    return try types.map { type in
      guard let recipe = RecipeRegistry.meant(by: type) else {
        throw RequestError(
          message: "there is no type or recipe '\(type)'", hint: RecipeRegistry.hint(for: type))
      }
      var conversion = ConversionRequest(type: recipe.name, style: .quantizer)
      conversion.importance = request.importance
      let options = try conversion.options(for: source, scales: LegacyReport())
      let plan = try Converter.plan(source, options)
      let layout = try GGUF.layOut(plan.model)
      let name = stem + "-" + recipe.name + ".gguf"
      guard names.insert(name).inserted else {
        throw RequestError(message: "--ladder: '\(name)' is among the files already")
      }
      let tensors = zip(plan.model.tensors, layout.payloadOffsets).map { tensor, offset in
        BundleTensor(tensor, at: offset)
      }
      return BundleInput(
        path: name, source: PlannedSource(plan.model, as: layout, name: name), kind: .weight,
        tensors: tensors)
    }
  }

  /// The name of the rungs: that of the model, without its type.
  static func stem(_ path: String, _ type: String) -> String {
    var stem = ModelInput.shortName(path)
    for suffix in [".gguf", ".safetensors"] where stem.lowercased().hasSuffix(suffix) {
      stem = String(stem.dropLast(suffix.count))
    }
    for mark in ["-", ".", "_"] where stem.lowercased().hasSuffix(mark + type.lowercased()) {
      stem = String(stem.dropLast(type.count + 1))
    }
    return stem.isEmpty || stem == "." || stem == ".." ? "model" : stem
  }

  /// Inputs with predictions for the tensors of files that are not the model's own.
  ///
  /// A model of blocks predicts nothing worth its time, unless that `isRequired`.
  func predicting(_ inputs: [BundleInput], isRequired: Bool) throws -> [BundleInput] {
    let own = Set(tree.names.filter { isOwn($0) })
    guard inputs.contains(where: { !own.contains($0.path) && !$0.tensors.isEmpty }) else {
      return inputs
    }
    let predictor: TensorPredictor
    do {
      predictor = try TensorPredictor(tree, model: model, importance: importance)
    } catch {
      // Files that merely lie together need no common model.
      guard isRequired else { return inputs }
      throw error
    }
    guard predictor.hasNumbers else { return inputs }
    return inputs.map { input in
      guard !own.contains(input.path), input.path != importance else { return input }
      var input = input
      for index in input.tensors.indices where input.tensors[index].predictions.isEmpty {
        input.tensors[index].predictions = predictor.predictions(of: input.tensors[index])
      }
      return input
    }
  }

  /// Whether a path is of the model itself: what predicts is not predicted.
  private func isOwn(_ path: String) -> Bool {
    guard model.isEmpty || model.hasSuffix("/") else {
      return path == model
        || ShardName(path)?.prefix == ShardName(model)?.prefix
          && ShardName(model) != nil
    }
    guard path.hasPrefix(model) else { return false }
    // A folder may hold quantized files of its own checkpoint.
    return !path.hasSuffix(".gguf") || !tree.names.contains(model + "config.json")
  }
}

/// The models of a bundle, by type.
struct LadderRungs {
  private let reader: BundleReader

  init(_ reader: BundleReader) { self.reader = reader }

  /// The files of the model that has a type; all parts of a split one.
  func paths(ofType type: String) throws -> [String] {
    let wanted = (RecipeRegistry.meant(by: type)?.name ?? type).uppercased()
    let tree = BundleTree(reader)
    var found: [String: [String]] = [:]
    var types: [String] = []
    for file in reader.files where file.kind == .weight && file.isSeekable {
      guard let model = try? Formats.open(file.path, in: tree), model.kind != .importance else {
        continue
      }
      let name = TypeName.of(model)
      if !types.contains(name) { types.append(name) }
      guard name.uppercased() == wanted else { continue }
      let key = model.origin.files.first?.path ?? file.path
      found[key, default: []].append(file.path)
    }
    guard let paths = found.values.first, found.count == 1 else {
      throw RequestError(
        message: found.isEmpty
          ? "\(reader.name) has no model of type '\(type)'"
          : "\(reader.name) has \(found.count) models of type '\(type)'",
        hint: found.isEmpty
          ? "there are \(types.joined(separator: ", "))"
          : "--only chooses by path: \(found.values.flatMap { $0 }.sorted().joined(separator: ", "))"
      )
    }
    return paths
  }
}
