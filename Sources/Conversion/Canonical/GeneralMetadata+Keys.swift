extension GeneralMetadata {
  /// Keys of a model card for each field; the first that has a value counts.
  static let cardKeys: [(String, [String])] = [
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
  static let order = [
    "name", "author", "version", "organization", "finetune", "basename", "description",
    "quantized_by", "size_label", "license", "license.name", "license.link", "url", "doi", "uuid",
    "repo_url", "source.url", "source.doi", "source.uuid", "source.repo_url",
  ]

  /// Fields that are lists, which come last.
  static let lists = ["tags", "languages"]

  /// Settings of `generation_config.json` in llama.cpp's order.
  static let samplingNames: [(String, [String])] = [
    ("sequence", ["sequence"]), ("top_k", ["top_k"]), ("top_p", ["top_p"]), ("min_p", ["min_p"]),
    ("xtc_probability", ["xtc_probability"]), ("xtc_threshold", ["xtc_threshold"]),
    ("temp", ["temperature"]), ("penalty_last_n", ["penalty_last_n"]),
    ("penalty_repeat", ["penalty_repeat", "repetition_penalty"]), ("mirostat", ["mirostat"]),
    ("mirostat_tau", ["mirostat_tau"]), ("mirostat_eta", ["mirostat_eta"]),
  ]
}
