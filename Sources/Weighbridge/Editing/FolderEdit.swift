internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// An edit of a checkpoint's folder: chat templates, and the JSON files beside the tensors.
struct FolderEdit {
  let edit: ModelEdit
  let isDry: Bool
  private static let largest: UInt64 = 256 << 20

  init(_ edit: ModelEdit, isDry: Bool) {
    self.edit = edit
    self.isDry = isDry
  }

  /// The changed files of the folder, by name.
  private struct Changed {
    let folder: String
    var documents: [String: JSONValue] = [:]
    var texts: [String: ByteString] = [:]
    var changes: [ModelEdit.Change] = []

    func bytes(_ name: String) throws -> [UInt8]? {
      let path = folder + "/" + name
      guard PathKind(following: path) == .file else { return nil }
      let source = try FileSource(path: path, isInput: false)
      guard source.byteCount <= FolderEdit.largest else {
        throw RequestError(message: "\(path): too large to be edited")
      }
      return try source.readBytes(at: 0, count: Int(source.byteCount))
    }

    private static func isFinite(_ value: JSONValue) -> Bool {
      switch value {
      case .double(let number): number.isFinite
      case .array(let elements): elements.allSatisfy(isFinite)
      case .object(let object): object.members.allSatisfy { isFinite($0.value) }
      case .null, .bool, .integer, .unsigned, .string: true
      }
    }

    mutating func document(_ name: String) throws -> JSONValue? {
      if let known = documents[name] { return known }
      guard PathKind(following: folder + "/" + name) == .file else { return nil }
      let document = try JSONValue.read(
        try FileSource(path: folder + "/" + name, isInput: false))
      // Python writes what JSON has no number for, and it would be lost.
      guard Self.isFinite(document) else {
        throw RequestError(
          message: "\(folder)/\(name): it holds NaN or Infinity, which JSON has not",
          hint: "edit this file by hand")
      }
      return document
    }
  }

  /// Edits the folder where it is, or a copy.
  func run(_ path: String, to output: String?, replacing: Bool) throws -> EditOutcome {
    guard edit.tokenTypes.isEmpty, edit.specials.isEmpty else {
      throw RequestError(
        message: "\(path): a checkpoint's tokens are set in its files",
        hint: "--set 'tokenizer_config.json:eos_token=str:<|im_end|>'")
    }
    var folder = path
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    var changed = Changed(folder: folder)
    for assignment in edit.assignments { try set(assignment, &changed) }
    for removal in edit.removals { try remove(removal, &changed) }
    for rename in edit.renames { try move(rename.old, to: rename.new, &changed) }
    if edit.removesTemplates { try removeTemplates(&changed) }
    for template in edit.templates { try add(template.name, template.text, &changed) }
    var outcome = EditOutcome(changes: changed.changes)
    var files = changed.texts.map { ($0.key, $0.value.bytes) }
    files += changed.documents.map { ($0.key, Array(($0.value.text() + "\n").utf8)) }
    files.sort { $0.0 < $1.0 }
    let target = output ?? folder
    outcome.files = files.map { name, bytes in
      .init(
        path: target + "/" + name, byteCount: UInt64(bytes.count),
        written: isDry ? 0 : UInt64(bytes.count))
    }
    guard !isDry, !files.isEmpty || output != nil else { return outcome }
    let destination = try AtomicFolder(path: target, replacing: replacing)
    defer { destination.discard() }
    if output != nil {
      let tree = try DirectoryTree(path: folder)
      for name in tree.names where !files.contains(where: { $0.0 == name }) {
        let source = try tree.open(name)
        let file = try destination.create(name, byteCount: source.byteCount)
        try FileCopy.copy(source, to: file.sink)
        try destination.finish(file)
      }
    }
    for (name, bytes) in files {
      let file = try destination.create(name, byteCount: UInt64(bytes.count))
      try file.sink.write(bytes, at: 0)
      try destination.finish(file)
    }
    try destination.commit()
    return outcome
  }

  /// `FILE.json:a.b.c` in its parts.
  private func place(_ key: String) throws -> (file: String, path: [ByteString]) {
    guard let colon = key.firstIndex(of: ":"), key[..<colon].hasSuffix(".json"),
      !key[..<colon].contains("/"), key.index(after: colon) < key.endIndex
    else {
      throw RequestError(
        message: "'\(key)': keys of a folder are FILE.json:KEY",
        hint: "for example config.json:rope_scaling.factor; `__metadata__` is edited in the "
          + ".safetensors file itself")
    }
    let rest = key[key.index(after: colon)...]
    return (
      String(key[..<colon]),
      rest.split(separator: ".", omittingEmptySubsequences: false).map { ByteString($0) }
    )
  }

  private func set(_ assignment: MetadataAssignment, _ changed: inout Changed) throws {
    let (file, path) = try place(assignment.key.text)
    let document = try changed.document(file) ?? .object(JSONObject())
    let old = Self.value(at: path[...], in: document)
    let new = try assignment.json(replacing: old)
    changed.documents[file] = try Self.replaced(path[...], in: document, by: new, file)
    record(old == nil ? .added : .set, assignment.key, old, new, &changed)
  }

  private func remove(_ key: String, _ changed: inout Changed) throws {
    let (file, path) = try place(key)
    guard let document = try changed.document(file),
      let old = Self.value(at: path[...], in: document)
    else { throw RequestError(message: "--remove \(key): there is no such key") }
    changed.documents[file] = try Self.replaced(path[...], in: document, by: nil, file)
    record(.removed, ByteString(key), old, nil, &changed)
  }

  private func move(_ old: String, to new: String, _ changed: inout Changed) throws {
    guard old.contains(".json:") else {
      throw RequestError(
        message: "--rename \(old): tensors of a checkpoint are renamed in their own file",
        hint: "weighbridge edit FOLDER/model.safetensors --rename OLD=NEW --in-place")
    }
    let (file, path) = try place(old)
    let (target, other) = try place(new.contains(".json:") ? new : "\(file):\(new)")
    guard file == target, let document = try changed.document(file),
      let value = Self.value(at: path[...], in: document)
    else { throw RequestError(message: "--rename \(old): there is no such key") }
    let without = try Self.replaced(path[...], in: document, by: nil, file)
    changed.documents[file] = try Self.replaced(other[...], in: without, by: value, file)
    changed.changes.append(
      .init(kind: .renamed, subject: ByteString(old), old: nil, new: nil, name: ByteString(new)))
  }

  private func removeTemplates(_ changed: inout Changed) throws {
    let file = "tokenizer_config.json"
    if let document = try changed.document(file), let old = document["chat_template"] {
      changed.documents[file] = try Self.replaced(["chat_template"], in: document, by: nil, file)
      record(.removed, "tokenizer_config.json:chat_template", old, nil, &changed)
    }
    if try changed.bytes("chat_template.jinja") != nil {
      throw RequestError(
        message: "\(changed.folder)/chat_template.jinja: a file is not removed by an edit",
        hint: "remove it yourself, or give another with --chat-template")
    }
  }

  /// transformers takes the file before the key, so that both say the same where there are both.
  private func add(_ name: String?, _ text: ByteString, _ changed: inout Changed) throws {
    let file = name.map { "additional_chat_templates/\($0).jinja" } ?? "chat_template.jinja"
    let old = try changed.bytes(file).map { MetadataValue.string(ByteString($0)) }
    changed.texts[file] = text
    changed.changes.append(
      .init(
        kind: old == nil ? .added : .set, subject: ByteString(file), old: old, new: .string(text)))
    let settings = "tokenizer_config.json"
    guard name == nil, let document = try changed.document(settings),
      let key = document["chat_template"]?.string
    else { return }
    changed.documents[settings] = try Self.replaced(
      ["chat_template"], in: document, by: .string(text), settings)
    record(.set, "tokenizer_config.json:chat_template", .string(key), .string(text), &changed)
  }

  private func record(
    _ kind: ModelEdit.Change.Kind, _ key: ByteString, _ old: JSONValue?, _ new: JSONValue?,
    _ changed: inout Changed
  ) {
    let shown = { (value: JSONValue?) in
      value.map { MetadataValue.string($0.string ?? ByteString($0.text(compact: true))) }
    }
    changed.changes.append(.init(kind: kind, subject: key, old: shown(old), new: shown(new)))
  }

  private static func value(at path: ArraySlice<ByteString>, in document: JSONValue) -> JSONValue? {
    guard let first = path.first else { return document }
    return document[first].flatMap { value(at: path.dropFirst(), in: $0) }
  }

  private static func replaced(
    _ path: ArraySlice<ByteString>, in document: JSONValue, by value: JSONValue?, _ file: String
  ) throws -> JSONValue {
    guard var object = document.object, let first = path.first else {
      throw RequestError(message: "\(file): '\(path.first ?? "")' lies in what is no object")
    }
    if path.count == 1 {
      object[first] = value
    } else {
      // What is null is not there yet.
      // `nil` would be JSON's null here.
      var inner = object[first] ?? .null
      if inner.isNull { inner = .object(JSONObject()) }
      object[first] = try replaced(path.dropFirst(), in: inner, by: value, file)
    }
    return .object(object)
  }
}
