internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// `general.*`: what a model is called, who made it, how it wants to be sampled.
///
/// From the model card, `config.json`, the folder's name and the user's own entries, the later ones
/// over the earlier, in the order of llama.cpp's converter.
struct GeneralMetadata {
  /// Where the entries come from.
  struct Source {
    var card: ModelCard
    /// `_name_or_path` of `config.json`.
    var pathName: String?
    var generation: JSONValue?
    /// The last part of the folder's path.
    var folder: String
    var parameters: ParameterCount

    /// What a checkpoint has.
    init(_ checkpoint: Checkpoint, _ parameters: ParameterCount) {
      self.card = ModelCard(checkpoint.files)
      self.pathName = checkpoint.configuration["_name_or_path"]?.text
      self.generation = checkpoint.generation
      self.folder = Self.folder(checkpoint.files.name)
      self.parameters = parameters
    }

    /// What a folder has that need not be a whole checkpoint.
    init(_ files: CheckpointFiles, _ parameters: ParameterCount) {
      self.card = ModelCard(files)
      self.folder = Self.folder(files.name)
      self.parameters = parameters
    }

    /// Exactly these.
    init(card: ModelCard, folder: String, parameters: ParameterCount) {
      self.card = card
      self.folder = folder
      self.parameters = parameters
    }

    /// The last part of a folder's path, the path made absolute where it ends in `.` or `..`.
    private static func folder(_ path: String) -> String {
      let last = { (path: String) in path.split(separator: "/").last.map(String.init) ?? "" }
      guard ["", ".", ".."].contains(last(path)), let real = unsafe realpath(path, nil) else {
        return last(path)
      }
      defer { unsafe free(real) }
      return last(unsafe String(cString: real))
    }
  }

  /// What was noticed on the way.
  private(set) var problems: [Diagnostic] = []
  private var fields: [String: JSONValue] = [:]
  private var sampling: [String: JSONValue] = [:]
  private var baseModels: [RelatedWork]?
  private var datasets: [RelatedWork]?

  /// Collects the entries.
  init(_ source: Source, _ options: CanonicalOptions) throws(ModelError) {
    try Self.check(options.metadata)
    let total = source.parameters.total
    if let problem = source.card.problem { problems.append(problem) }
    readCard(source.card, total)
    if let path = source.pathName, path.count(where: { $0 == "/" }) <= 1, !path.isEmpty {
      fill(ModelNameParts(path, parameters: total))
    }
    fill(ModelNameParts(source.folder, parameters: total))
    for (key, names) in Self.samplingNames {
      let value = names.lazy.compactMap { source.generation?[ByteString($0)] }.first
      if let value, !value.isNull { sampling[key] = value }
    }
    override(options, total)
    if fields["size_label"] == nil, total > 0 {
      fields["size_label"] = JSONValue(source.parameters.label)
    }
  }

  /// Only what the user says, for a model that has all else.
  init(overriding options: CanonicalOptions) throws(ModelError) {
    try Self.check(options.metadata)
    override(options, 0)
  }

  private static func check(_ metadata: JSONValue?) throws(ModelError) {
    guard let metadata, metadata.object == nil else { return }
    throw ModelError(
      .invalidRequest, "--metadata", "the file must hold an object of general.* keys",
      hint: #"for example {"general.author": "Jane Doe"}"#)
  }

  /// What `write(to:)` would add.
  var entries: [Metadata.Entry] {
    var metadata = Metadata()
    write(to: &metadata)
    return metadata.entries
  }

  private mutating func override(_ options: CanonicalOptions, _ parameters: Int) {
    for member in options.metadata?.object?.members ?? [] { set(member, parameters) }
    for member in options.authorship.members { fields[member.key.text] = member.value }
    if let name = options.name { fields["name"] = JSONValue(name) }
  }

  /// Takes an entry of the user's file over all that was found.
  private mutating func set(_ member: JSONObject.Member, _ parameters: Int) {
    let prefix: ByteString = "general."
    let key = String(member.key.text.dropFirst(prefix.count))
    let sampled = key.hasPrefix("sampling.") ? String(key.dropFirst("sampling.".count)) : nil
    switch key {
    case _ where !member.key.hasPrefix(prefix): note(member.key)
    case "base_models": baseModels = member.value.array?.map { RelatedWork($0, parameters) }
    case "datasets": datasets = member.value.array?.map { RelatedWork($0, parameters) }
    case _ where sampled.map { name in Self.samplingNames.contains { $0.0 == name } } == true:
      if let sampled { sampling[sampled] = member.value }
    case _ where Self.order.contains(key) || Self.lists.contains(key): fields[key] = member.value
    default: note(member.key)
    }
  }

  private mutating func note(_ key: ByteString) {
    problems.append(
      Diagnostic(
        .warning, "unused-metadata", at: key.text,
        "the metadata file sets it, and it is no key of general.* that can be set"))
  }

  private mutating func fill(_ parts: ModelNameParts) {
    set("name", parts.name.map(ModelNameParts.title))
    set("organization", parts.organization.map(ModelNameParts.title))
    set("basename", parts.baseName)
    set("finetune", parts.finetune)
    set("version", parts.version)
    set("size_label", parts.sizeLabel)
  }

  private mutating func set(_ key: String, _ value: String?) {
    if fields[key] == nil, let value { fields[key] = JSONValue(value) }
  }

  private mutating func readCard(_ card: ModelCard, _ parameters: Int) {
    for (field, keys) in Self.cardKeys {
      let value = keys.lazy.compactMap { card[$0] }.first { !$0.isNull }
      if let value { fields[field] = value }
    }
    for (field, keys) in [
      ("tags", ["tags", "pipeline_tag"]), ("languages", ["languages", "language"]),
    ] {
      let values = keys.flatMap { card.list($0) }
      if !values.isEmpty { fields[field] = .array(values) }
    }
    baseModels = RelatedWork.list(
      card, ["base_model", "base_models", "base_model_sources"], parameters)
    datasets = RelatedWork.list(card, ["datasets", "dataset", "dataset_sources"], parameters)
  }

  /// Adds the entries.
  func write(to metadata: inout Metadata) {
    for (key, _) in Self.samplingNames {
      guard let value = sampling[key] else { continue }
      let name = ByteString("general.sampling.\(key)")
      switch key {
      case "sequence": Self.add(value, name, &metadata)
      case "top_k", "penalty_last_n", "mirostat":
        if let number = value.double, let integer = Int32(exactly: number) {
          metadata[name] = .int32(integer)
        }
      default: if let number = value.double { metadata[name] = .float32(Float(number)) }
      }
    }
    for key in Self.order {
      if let value = fields[key] { Self.add(value, ByteString("general.\(key)"), &metadata) }
    }
    RelatedWork.write(baseModels, "base_model", to: &metadata)
    RelatedWork.write(datasets, "dataset", to: &metadata)
    for key in Self.lists {
      let values = fields[key]?.array?.compactMap { Self.text($0) } ?? []
      if !values.isEmpty { metadata[ByteString("general.\(key)")] = .array(.strings(values)) }
    }
  }

  /// Nothing for empty text.
  private static func add(_ value: JSONValue, _ key: ByteString, _ metadata: inout Metadata) {
    if let text = text(value), !text.isEmpty { metadata[key] = .string(text) }
  }

  /// Text as it is, lists joined by commas, numbers as they are written.
  static func text(_ value: JSONValue) -> ByteString? {
    switch value {
    case .string(let string): string
    case .array(let values):
      ByteString(values.compactMap { text($0)?.text }.joined(separator: ","))
    case .integer(let number): ByteString("\(number)")
    case .unsigned(let number): ByteString("\(number)")
    case .double(let number): ByteString("\(number)")
    case .bool(let bool): bool ? "True" : "False"
    case .null, .object: nil
    }
  }
}
