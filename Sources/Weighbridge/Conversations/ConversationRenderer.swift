internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeConversion
package import WeighbridgeJSON
internal import WeighbridgeModelIR
package import WeighbridgeTemplates
internal import WeighbridgeTokenizers

/// Turns conversations into the text that a model reads, by the model's own chat template or by another.
package struct ConversationRenderer {
  /// What errors call the template.
  private let name: String
  private let template: ChatTemplate
  /// `bos_token` and its like, as transformers gives them to a template.
  private let specialTokens: [(name: String, value: JSONValue)]
  /// What was noticed on the way.
  package let diagnostics: [Diagnostic]

  /// What a conversation is rendered with.
  package struct Request {
    /// The messages, as the template knows them: objects with `role` and `content`.
    package var messages: JSONValue
    /// Tools that the model may call; nil for none.
    package var tools: JSONValue?
    /// Whether the text ends where the model's answer begins.
    package var generates = false
    /// Further variables; they replace those above.
    package var variables: [(name: String, value: JSONValue)] = []
    /// What `strftime_now` shows.
    package var now = TemplateTime.now

    package init(messages: JSONValue) { self.messages = messages }
  }

  /// Finds a model's template: the one called `named`, else `tool_use` where tools are given and the model
  /// has such a one, else its default.
  package init(model path: String, named: String? = nil, withTools: Bool = false) throws {
    let found = try TemplateSearch(path)
    guard !found.templates.isEmpty else {
      throw RequestError(
        message: "\(path): the model has no chat template",
        hint: "give one with --template FILE")
    }
    let wanted = named ?? (withTools && found.templates["tool_use"] != nil ? "tool_use" : "default")
    guard let source = found.templates[wanted] else {
      let names = found.templates.keys.sorted().joined(separator: ", ")
      throw RequestError(message: "\(path): there is no chat template '\(wanted)', only: \(names)")
    }
    try self.init(
      source, name: "\(path): chat template", specialTokens: found.specialTokens,
      diagnostics: found.diagnostics)
  }

  /// Takes the default template of a model that was opened before; nil where it has none.
  init?(of model: Model, at location: String) throws {
    let found = try TemplateSearch(model)
    guard let source = found.templates["default"] else { return nil }
    try self.init(
      source, name: "\(location): chat template", specialTokens: found.specialTokens,
      diagnostics: found.diagnostics)
  }

  /// Takes the template of a file, and the special tokens of a model that was opened before.
  init(file path: String, of model: Model) throws {
    let found = try TemplateSearch(model)
    try self.init(
      try Self.source(path), name: path, specialTokens: found.specialTokens,
      diagnostics: found.diagnostics)
  }

  /// Takes the template of a file; `model` lends its special tokens.
  package init(file path: String, model: String? = nil) throws {
    let found = try model.map { try TemplateSearch($0) }
    try self.init(
      try Self.source(path), name: path, specialTokens: found?.specialTokens ?? [],
      diagnostics: found?.diagnostics ?? [])
  }

  private static func source(_ path: String) throws -> String {
    let bytes = try TextInput.read(path)
    guard let source = String(validating: bytes, as: UTF8.self) else {
      throw RequestError(message: "\(path): a template is a text in UTF-8")
    }
    return source
  }

  private init(
    _ source: String, name: String, specialTokens: [(name: String, value: JSONValue)],
    diagnostics: [Diagnostic]
  ) throws {
    self.name = name
    self.specialTokens = specialTokens
    self.diagnostics = diagnostics
    do { template = try ChatTemplate(source) } catch {
      throw TemplateFailure(name: name, error: error)
    }
  }

  /// The conversation as text.
  package func render(_ request: Request) throws -> String {
    var variables = specialTokens
    variables.append(("messages", request.messages))
    variables.append(("tools", request.tools ?? .null))
    variables.append(("documents", .null))
    variables.append(("add_generation_prompt", .bool(request.generates)))
    variables += request.variables
    do { return try template.render(variables, now: request.now) } catch {
      throw TemplateFailure(name: name, error: error)
    }
  }
}

/// A template that fails, with the name of its file or model.
struct TemplateFailure: Error {
  let name: String
  let error: TemplateError

  /// The stable code of the failure.
  var code: String {
    switch error.kind {
    case .raised: "template-refused"
    case .syntax, .assertion: "template-syntax"
    case .limit, .recursion: "template-limit"
    default: "template-error"
    }
  }

  var message: String {
    let place = error.line > 0 ? ", line \(error.line), column \(error.column)" : ""
    return "\(name)\(place): \(error.message) [\(code)]"
  }
}

/// A model's chat templates and special tokens, wherever its container keeps them.
private struct TemplateSearch {
  private(set) var templates: [String: String] = [:]
  private(set) var specialTokens: [(name: String, value: JSONValue)] = []
  let diagnostics: [Diagnostic]

  init(_ path: String) throws {
    if DirectoryTree.isDirectory(path) {
      // The tokenizer's files suffice: the folder need not hold a model that is known.
      self.init(diagnostics: [])
      try read(CheckpointFiles(try DirectoryTree(path: path)))
      return
    }
    try self.init(try ModelInput.open(path))
  }

  private init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  init(_ model: Model) throws {
    self.init(diagnostics: model.problems.map { Diagnostic($0) })
    if let tree = model.companions, model.metadata["tokenizer.chat_template"] == nil {
      try read(CheckpointFiles(tree))
    } else {
      read(model.metadata)
      let tokens = model.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []
      for (name, key) in Self.tokenKeys {
        guard let id = model.metadata[ByteString("tokenizer.ggml.\(key)_token_id")]?.integer,
          tokens.indices.contains(id)
        else { continue }
        specialTokens.append((name + "_token", .string(tokens[id])))
      }
    }
  }

  /// transformers' names and those of GGUF's keys; `seperator` is spelt so there.
  private static let tokenKeys = [
    ("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("sep", "seperator"), ("pad", "padding"),
    ("cls", "cls"), ("mask", "mask"),
  ]

  private mutating func read(_ folder: CheckpointFiles) throws {
    let files = try TokenizerFiles.read(folder)
    var metadata = Metadata()
    ChatTemplates(files).write(to: &metadata)
    read(metadata)
    let map = try folder.json("special_tokens_map.json")
    for (name, _) in Self.tokenKeys {
      let key = ByteString(name + "_token")
      let entry = files.configuration?[key] ?? map?[key]
      // Written as a text, or as an added token with its content.
      guard let text = entry?.string ?? entry?["content"]?.string else { continue }
      specialTokens.append((key.text, .string(text)))
    }
  }

  private mutating func read(_ metadata: Metadata) {
    templates["default"] = metadata["tokenizer.chat_template"]?.string?.text
    for name in metadata["tokenizer.chat_templates"]?.array?.strings ?? [] {
      templates[name.text] = metadata["tokenizer.chat_template.\(name)"]?.string?.text
    }
  }
}
