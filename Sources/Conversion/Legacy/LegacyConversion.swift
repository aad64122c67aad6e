internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Turns a model of 2023 (GGML, GGMF, GGJT) into one in GGUF's names, metadata and blocks.
///
/// The rules that the names `GGML-20` and so on stand for are in `Specs/ggml-legacy.md`.
package enum LegacyConversion {
  /// The model in GGUF's form.
  ///
  /// Pure: reads no payload. Codes are kept wherever a block of today can hold them; scales in single
  /// precision are rounded to half when a payload is read, and `options.report` then knows the largest
  /// error. What the old header lacks comes from shapes, from the options, or is the usual value,
  /// named in `problems`.
  /// Throws where GGUF has no such architecture, where tensors and header disagree, and where the
  /// tokenizer cannot be restored from the file.
  package static func canonicalModel(
    _ model: Model, options: LegacyOptions = LegacyOptions()
  ) throws(ModelError) -> Model {
    let source = try LegacySource(model, options)
    if source.architecture == LegacyAdapter.legacyName {
      return try LegacyAdapter.canonicalModel(source)
    }
    guard let family = LegacyFamily.all.first(where: { $0.legacyName == source.architecture })
    else {
      throw ModelError(
        .unsupportedArchitecture, source.path,
        "GGUF has no architecture for a model of \(source.architecture)",
        hint: Self.hint(source))
    }
    try family.checkOptions(source)
    guard !model.tensors.isEmpty || options.isVocabularyOnly else {
      throw ModelError(
        .missingTensor, source.path, "the file holds a vocabulary and no weights",
        hint: "--vocab-only writes the vocabulary alone")
    }
    var result = Model(origin: model.origin, kind: .gguf, problems: model.problems)
    var builder = LegacyMetadata(source, architecture: family.architecture(source))
    if !model.tensors.isEmpty { try family.hyperparameters(source, &builder) }
    if let base = options.ropeBase { builder.set("rope.freq_base", base) }
    if !options.isVocabularyOnly {
      result.tensors = try family.tensors(source, &builder)
      builder.metadata["general.file_type"] = .uint32(LegacyFileType.of(result.tensors))
    }
    builder.metadata["general.quantization_version"] = .uint32(2)
    try LegacyVocabulary.write(family.vocabulary, source, &builder)
    if let name = options.preTokenizer {
      builder.metadata["tokenizer.ggml.pre"] = .string(ByteString(name))
    }
    result.metadata = builder.metadata
    result.problems += builder.problems
    result.problems += options.vocabularyNotes.map {
      Diagnostic(.warning, "tokenizer", at: source.path, $0)
    }
    return result
  }

  /// How to go on with a model that GGUF has no architecture for.
  private static func hint(_ source: LegacySource) -> String {
    switch source.architecture {
    case "rwkv":
      return source.isRWKV4
        ? "GGUF has RWKV from version 6 on; rwkv.cpp runs the file as it is"
        : "GGUF takes RWKV 6 and 7 from their own checkpoints; rwkv.cpp runs the file as it is"
    case "whisper", "silero-vad", "parakeet":
      return "whisper.cpp runs the file as it is; it can be inspected, but not converted"
    default: return "such files can be inspected, but not converted"
    }
  }
}

/// The old model as the families see it.
struct LegacySource {
  let model: Model
  let options: LegacyOptions
  let architecture: String
  private let places: [ByteString: Int]

  init(_ model: Model, _ options: LegacyOptions) throws(ModelError) {
    guard let name = model.metadata["ggml.architecture"]?.string?.text else {
      throw ModelError(
        .missingMetadata, model.origin.files.first?.path ?? "the model",
        "not a pre-GGUF model")
    }
    self.model = model
    self.options = options
    self.architecture = name
    var places: [ByteString: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() { places[tensor.name] = index }
    self.places = places
  }

  var path: String { model.origin.files.first?.path ?? "the model" }

  /// Whether the file is older than LLaMA 2 (July 2023): all containers before GGJT 3, which came on
  /// 19 May and stayed until GGUF.
  var precedesLlama2: Bool {
    let container = model.metadata["ggml.container"]?.string?.text
    return container != "ggcc" && (container != "ggjt" || (optional("version") ?? 3) < 3)
  }

  /// RWKV 4 alone keeps the decay of its state as it was trained.
  var isRWKV4: Bool {
    places["blocks.0.att.time_first"] != nil && places["blocks.0.att.ln_x.weight"] == nil
  }

  /// A header's field, where it is there.
  func optional(_ name: String) -> Int? {
    model.metadata[ByteString("ggml.\(name)")]?.integer
  }

  /// A header's field, at least 1.
  func positive(_ name: String) throws(ModelError) -> Int {
    guard let value = optional(name), value > 0 else {
      throw ModelError(
        .invalidMetadata, path, "\(name) is \(optional(name) ?? 0), so there is no model to convert"
      )
    }
    return value
  }

  /// The dimensions of a tensor, outermost first.
  func shape(_ name: String) throws(ModelError) -> [Int] {
    guard let place = places[ByteString(name)] else {
      throw ModelError(.missingTensor, path, "there is no tensor '\(name)'")
    }
    return model.tensors[place].layout.shape.dimensions
  }

  /// The rows of a matrix; its columns where it lies the other way round.
  func rows(_ name: String, isTransposed: Bool = false) throws(ModelError) -> Int {
    let shape = try shape(name)
    guard shape.count == 2 else {
      throw ModelError(.shapeMismatch, name, "\(shape) is not the shape of a matrix")
    }
    return shape[isTransposed ? 1 : 0]
  }

  /// Proves a tensor's shape.
  func require(_ name: String, _ shape: [Int]) throws(ModelError) {
    let found = try self.shape(name)
    guard found == shape else {
      throw ModelError(
        .shapeMismatch, name, "the shape is \(found), and the header asks for \(shape)")
    }
  }
}

/// GGUF's metadata while it grows, and what is worth a note.
struct LegacyMetadata {
  let architecture: String
  var metadata = Metadata()
  var problems: [Diagnostic] = []

  init(_ source: LegacySource, architecture: String) {
    self.architecture = architecture
    metadata["general.architecture"] = .string(ByteString(architecture))
    metadata["general.type"] = .string("model")
    if let name = source.options.name { metadata["general.name"] = .string(ByteString(name)) }
    for member in source.options.entries?.object?.members ?? [] {
      guard member.key.hasPrefix("general."), let value = Self.value(member.value) else { continue }
      metadata[member.key] = value
    }
  }

  /// A user's entry as metadata; nil for what GGUF has no type for.
  private static func value(_ entry: JSONValue) -> MetadataValue? {
    if let text = entry.string { return .string(text) }
    if let truth = entry.bool { return .bool(truth) }
    if let number = entry.integer { return .uint32(UInt32(clamping: number)) }
    if let number = entry.double { return .float32(Float(number)) }
    return entry.array.map { .array(.strings($0.compactMap(\.string))) }
  }

  /// Sets an integer under the architecture's prefix.
  mutating func set(_ key: String, _ value: Int) {
    metadata[ByteString("\(architecture).\(key)")] = .uint32(UInt32(clamping: value))
  }

  /// Sets a float under the architecture's prefix.
  mutating func set(_ key: String, _ value: Float) {
    metadata[ByteString("\(architecture).\(key)")] = .float32(value)
  }

  /// Sets a truth value under the architecture's prefix.
  mutating func set(_ key: String, _ value: Bool) {
    metadata[ByteString("\(architecture).\(key)")] = .bool(value)
  }

  /// Tells of a value that the file does not have, in words that name the flag to set it by.
  ///
  /// A note where all files of the kind agree, a warning where they differ and it matters.
  mutating func assume(_ key: String, _ what: String, isCertain: Bool = false) {
    problems.append(
      Diagnostic(isCertain ? .note : .warning, "assumed", at: "\(architecture).\(key)", what))
  }
}
