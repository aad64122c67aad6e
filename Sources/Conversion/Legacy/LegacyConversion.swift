internal import ByteIO
public import ModelIR

/// Turns a model of 2023 (GGML, GGMF, GGJT) into one in GGUF's names, metadata and blocks.
///
/// The rules that the names `GGML-20` and so on stand for are in `Specs/ggml-legacy.md`.
public enum LegacyConversion {
  /// Whether a model was read from a file of before GGUF.
  public static func applies(to model: Model) -> Bool {
    model.metadata["ggml.architecture"] != nil
  }

  /// The model in GGUF's form.
  ///
  /// Pure: reads no payload. Codes are kept wherever a block of today can hold them; scales in single
  /// precision are rounded to half when a payload is read, and `options.report` then knows the largest
  /// error. What the old header lacks comes from shapes, from the options, or is the usual value,
  /// named in `problems`.
  /// Throws where GGUF has no such architecture, where tensors and header disagree, and where the
  /// tokenizer cannot be restored from the file.
  public static func canonicalModel(
    _ model: Model, options: LegacyOptions = LegacyOptions()
  ) throws(ModelError) -> Model {
    let source = try LegacySource(model, options)
    guard let family = LegacyFamily.all.first(where: { $0.legacyName == source.architecture })
    else {
      throw ModelError(
        .unsupportedArchitecture, source.path,
        "GGUF has no architecture for a model of \(source.architecture)",
        hint: "such files can be inspected, but not converted")
    }
    guard !model.tensors.isEmpty || options.isVocabularyOnly else {
      throw ModelError(.missingTensor, source.path, "the file holds a vocabulary and no weights")
    }
    var result = Model(origin: model.origin, problems: model.problems)
    var builder = LegacyMetadata(source, architecture: family.architecture(source))
    if !model.tensors.isEmpty { try family.hyperparameters(source, &builder) }
    if !options.isVocabularyOnly {
      result.tensors = try family.tensors(source, &builder)
      builder.metadata["general.file_type"] = .uint32(LegacyFileType.of(result.tensors))
    }
    builder.metadata["general.quantization_version"] = .uint32(2)
    try LegacyVocabulary.write(family.vocabulary, source, &builder)
    result.metadata = builder.metadata
    result.problems += builder.problems
    return result
  }
}

/// What a conversion of an old file may be told.
public struct LegacyOptions: Sendable {
  /// `general.name`.
  public var name: String?
  /// Epsilon of the root-mean-square norm; 5·10⁻⁶ if nil, as llama.cpp had it in August 2023.
  public var rmsEpsilon: Float?
  /// The context that the model was trained for; 2048 if nil, where the file does not say.
  public var contextLength: Int?
  /// The base of the rotary positions; 10,000 if nil.
  public var ropeBase: Float?
  /// The encoding of tensors whose codes fit no block of today; by GGML's name, `Q8_0` if nil.
  public var encoding: String?
  /// `tokenizer.ggml.*` from elsewhere, instead of the file's own vocabulary.
  public var vocabulary: Metadata?
  /// Whether tensors are left out.
  public var isVocabularyOnly = false
  /// Where the largest error of a scale is noted while payloads are read.
  public var report: LegacyReport?

  /// All from the file, or the usual values.
  public init() {}
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
        "this is not a model of before GGUF")
    }
    self.model = model
    self.options = options
    self.architecture = name
    var places: [ByteString: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() { places[tensor.name] = index }
    self.places = places
  }

  var path: String { model.origin.files.first?.path ?? "the model" }

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

  /// The rows of a matrix.
  func rows(_ name: String) throws(ModelError) -> Int {
    let shape = try shape(name)
    guard shape.count == 2 else {
      throw ModelError(.shapeMismatch, name, "\(shape) is not the shape of a matrix")
    }
    return shape[0]
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
  var problems: [Problem] = []

  init(_ source: LegacySource, architecture: String) {
    self.architecture = architecture
    metadata["general.architecture"] = .string(ByteString(architecture))
    metadata["general.type"] = .string("model")
    if let name = source.options.name { metadata["general.name"] = .string(ByteString(name)) }
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

  /// Notes a value that the file does not have.
  mutating func assume(_ key: String, _ what: String) {
    problems.append(Problem(.note, "assumed", at: "\(architecture).\(key)", what))
  }
}
