internal import ByteIO
internal import Checkpoints
internal import JSON
internal import ModelIR

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
  private var fields: [String: JSONValue] = [:]
  private var sampling: [String: JSONValue] = [:]
  private var baseModels: [RelatedWork]?
  private var datasets: [RelatedWork]?

  /// Collects the entries.
  init(
    _ checkpoint: Checkpoint, _ options: CanonicalOptions, _ parameters: ParameterCount
  ) throws(ModelError) {
    try self.init(
      checkpoint.files, configuration: checkpoint.configuration,
      generation: checkpoint.generation, options, parameters)
  }

  /// Collects the entries of a folder that need not be a whole checkpoint.
  init(
    _ files: CheckpointFiles, configuration: JSONValue, generation: JSONValue?,
    _ options: CanonicalOptions, _ parameters: ParameterCount
  ) throws(ModelError) {
    let card = try ModelCard(files)
    readCard(card, parameters.total)
    if let path = configuration["_name_or_path"]?.text,
      path.count(where: { $0 == "/" }) <= 1, !path.isEmpty
    {
      fill(ModelNameParts(path, parameters: parameters.total))
    }
    fill(ModelNameParts(Self.folder(files.name), parameters: parameters.total))
    for (key, names) in Self.samplingNames {
      let value = names.lazy.compactMap { generation?[ByteString($0)] }.first
      if let value, !value.isNull { sampling[key] = value }
    }
    for member in options.metadata?.object?.members ?? [] {
      guard member.key.hasPrefix("general.") else { continue }
      let key = String(member.key.text.dropFirst("general.".count))
      if key.hasPrefix("sampling.") {
        sampling[String(key.dropFirst("sampling.".count))] = member.value
      } else {
        fields[key] = member.value
      }
    }
    if let name = options.name { fields["name"] = JSONValue(name) }
    if fields["size_label"] == nil, parameters.total > 0 {
      fields["size_label"] = JSONValue(parameters.label)
    }
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
      let value = keys.lazy.compactMap { card[$0] }.first
      if let value, !value.isNull { fields[field] = value }
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

  /// Keys of a model card for each field, the first that is there counts.
  private static let cardKeys: [(String, [String])] = [
    ("name", ["name", "model_name"]), ("author", ["author", "model_author", "model_creator"]),
    ("version", ["version", "model_version"]),
    ("organization", ["organization", "model_organization"]),
    ("description", ["description", "model_description"]),
    ("finetune", ["finetune", "model_finetune"]),
    ("basename", ["basename", "model_basename", "model_type"]),
    ("size_label", ["size_label", "model_size_label"]), ("source.url", ["url", "model_url"]),
    ("source.doi", ["doi", "model_doi"]), ("source.uuid", ["uuid", "model_uuid"]),
    ("source.repo_url", ["repo_url", "model_repo_url"]), ("license", ["license"]),
    ("license.name", ["license_name"]), ("license.link", ["license_link"]),
  ]

  /// Fields in llama.cpp's order.
  private static let order = [
    "name", "author", "version", "organization", "finetune", "basename", "description",
    "quantized_by", "size_label", "license", "license.name", "license.link", "url", "doi", "uuid",
    "repo_url", "source.url", "source.doi", "source.uuid", "source.repo_url",
  ]

  /// Settings of `generation_config.json` in llama.cpp's order.
  private static let samplingNames: [(String, [String])] = [
    ("sequence", ["sequence"]), ("top_k", ["top_k"]), ("top_p", ["top_p"]), ("min_p", ["min_p"]),
    ("xtc_probability", ["xtc_probability"]), ("xtc_threshold", ["xtc_threshold"]),
    ("temp", ["temperature"]), ("penalty_last_n", ["penalty_last_n"]),
    ("penalty_repeat", ["penalty_repeat", "repetition_penalty"]), ("mirostat", ["mirostat"]),
    ("mirostat_tau", ["mirostat_tau"]), ("mirostat_eta", ["mirostat_eta"]),
  ]

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
    for key in ["tags", "languages"] {
      let values = fields[key]?.array?.compactMap(\.string) ?? []
      if !values.isEmpty { metadata[ByteString("general.\(key)")] = .array(.strings(values)) }
    }
  }

  /// Text as it is, lists joined by commas, numbers as they are written; nothing for empty text.
  private static func add(_ value: JSONValue, _ key: ByteString, _ metadata: inout Metadata) {
    let text: ByteString
    switch value {
    case .string(let string): text = string
    case .array(let values):
      text = ByteString(values.compactMap { $0.text }.joined(separator: ","))
    case .integer(let number): text = ByteString("\(number)")
    case .unsigned(let number): text = ByteString("\(number)")
    case .double(let number): text = ByteString("\(number)")
    case .bool(let bool): text = bool ? "True" : "False"
    case .null, .object: return
    }
    if !text.isEmpty { metadata[key] = .string(text) }
  }
}
