internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR
internal import WeighbridgeYAML

extension ConversionRequest {
  /// The files that are read besides the model.
  package var files: [String] {
    [importance, tensorTypeFile, metadata, map].compactMap { $0 } + (calibration?.paths ?? [])
      + (type.map { RecipeArgument.isFile($0) ? [$0] : [] } ?? [])
  }

  /// What the planner takes; `model` is the source, adapters merged.
  package func options(for model: Model, scales: LegacyReport) throws -> ConversionOptions {
    var options = ConversionOptions()
    try checkCalibration()
    // A budget chooses encodings itself; what it may not choose follows this recipe.
    if let type = type ?? (calibration?.budget == nil ? nil : "Q4_K_M") {
      try RecipeArgument.apply(type, to: &options)
    }
    options.followsConverter = style == .converter
    options.keepsSplit = split == .mirrored
    options.isDryRun = isPlanOnly
    try addRules(to: &options)
    try addSource(to: &options, for: model)
    options.canonical.legacy = try legacy.options(
      for: model, preTokenizer: preTokenizer, report: scales)
    if let alignment {
      options.overrides.append(
        MetadataOverride(key: "general.alignment", value: .uint32(alignment)))
    }
    return options
  }

  /// The options for the projector that is written with the text model of `options`: what is said of
  /// single tensors and of types in blocks is meant for the text model.
  func projectorOptions(_ options: ConversionOptions) -> ConversionOptions {
    var result = ConversionOptions()
    if let recipe = options.recipe, recipe.kind != .uniform,
      [.f32, .f16, .bf16, .q8_0].contains(recipe.base), options.userRecipe == nil
    {
      result.recipe = recipe
    }
    result.canonical = options.canonical
    result.canonical.part = .projector
    result.clamps = options.clamps
    result.isDryRun = options.isDryRun
    result.overrides = options.overrides.filter { $0.key == "general.alignment" }
    return result
  }

  private func checkCalibration() throws {
    guard let calibration else { return }
    guard type != nil || calibration.budget != nil else {
      throw RequestError(message: "a calibration needs a type or a budget")
    }
  }

  private func addRules(to options: inout ConversionOptions) throws {
    try addImportance(to: &options)
    options.refusesFallback = refusesFallback
    options.tensorTypes = try tensorTypes.map { try TensorTypeRule($0) }
    if let tensorTypeFile {
      options.tensorTypes += try Self.lines(of: tensorTypeFile).map { try TensorTypeRule($0) }
    }
    options.outputType = try outputType.map { try TensorTypeRule.encoding($0) }
    options.embeddingType = try embeddingType.map { try TensorTypeRule.encoding($0) }
    options.isPure = isPure
    options.leavesOutput = leavesOutput
    options.prunedLayers = prunedLayers
    options.allowsRequantizing = allowsRequantizing
    options.clamps = clamps
    options.amendsEncoders = amendsEncoders
    options.overrides = try overrides.map { try MetadataOverride($0) }
  }

  private func addImportance(to options: inout ConversionOptions) throws {
    guard includedWeights.isEmpty || excludedWeights.isEmpty else {
      throw RequestError(message: "give either --include-weights or --exclude-weights")
    }
    guard let importance else {
      guard includedWeights.isEmpty, excludedWeights.isEmpty, !neutralizesZeros else {
        throw RequestError(
          message: "--include-weights, --exclude-weights and --neutral-importance need --importance"
        )
      }
      return
    }
    options.importance = try ImportanceInput.open(importance)
      .selecting(including: includedWeights, excluding: excludedWeights)
    options.neutralizesZeros = neutralizesZeros
  }

  private func addSource(to options: inout ConversionOptions, for model: Model) throws {
    if model.kind == .adapter { options.base = try AdapterInput.base(base, of: model) }
    var fields = JSONObject()
    for field in general {
      fields[ByteString(field.key)] =
        field.isList
        ? .array(field.values.map { JSONValue($0) }) : JSONValue(field.values.first ?? "")
    }
    options.canonical.authorship = fields
    options.canonical.name = general.first { $0.key == "name" }?.values.first
    options.canonical.acceptedKeys = acceptedKeys
    options.canonical.preTokenizer = preTokenizer
    options.canonical.isVocabularyOnly = isVocabularyOnly
    options.canonical.isReversible = isReversible
    options.canonical.familyName = familyName
    options.canonical.part = part == .projector ? .projector : .text
    if let metadata {
      options.canonical.metadata = try JSONValue.read(try FileSource(path: metadata))
    }
    if let map {
      let text = try TextFile.read(map)
      options.canonical.map = try NameMap(YAMLDocument.parse(text, in: map), in: map)
    }
  }

  private static func lines(of path: String) throws -> [String] {
    let source = try FileSource(path: path)
    guard source.byteCount <= 1 << 20 else {
      throw RequestError(message: "\(path): a file of rules has at most 1 MiB")
    }
    let text = String(
      decoding: try source.readBytes(at: 0, count: Int(source.byteCount)), as: UTF8.self)
    // As llama-quantize: rules are apart by any white space (`parse_tensor_type_file`).
    return text.split(whereSeparator: \.isNewline)
      .flatMap { $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace) }
      .map { String($0) }
  }
}
