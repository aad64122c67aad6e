package import WeighbridgeByteIO
internal import WeighbridgeGGUF
package import WeighbridgeModelIR

/// What is changed of a model's header: metadata, chat templates, tokens, names of tensors.
package struct ModelEdit: Sendable {
  /// A token: its number, or its text as the vocabulary has it.
  package enum Token: Hashable, Sendable {
    case id(Int)
    case text(String)
  }

  /// Keys that are set.
  package var assignments: [MetadataAssignment] = []
  /// Keys that are set to values that are known already.
  package var values: [(key: ByteString, value: MetadataValue)] = []
  /// Whether the header is written anew though nothing else changes.
  package var isRewrite = false
  /// Keys that are removed; `*` stands for any characters.
  package var removals: [String] = []
  /// Keys or tensors that get other names.
  package var renames: [(old: String, new: String)] = []
  /// Chat templates; the default one has no name.
  package var templates: [(name: String?, text: ByteString)] = []
  /// Whether all chat templates go.
  package var removesTemplates = false
  /// What tokens are for.
  package var tokenTypes: [(token: Token, type: Int32)] = []
  /// Which token ends a text, and the like: GGUF's name, `eos`, and the token.
  package var specials: [(name: String, token: Token)] = []
  /// Bytes that are kept free for later edits; nil where what is there stays.
  package var reserve: Int?

  /// Nothing.
  package init() {}

  /// Whether nothing is asked for.
  package var isEmpty: Bool {
    assignments.isEmpty && removals.isEmpty && renames.isEmpty && templates.isEmpty
      && values.isEmpty && !isRewrite && !removesTemplates && tokenTypes.isEmpty && specials.isEmpty
      && reserve == nil
  }

  /// A difference that the edit made.
  package struct Change: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable { case set, added, removed, renamed }
    package let kind: Kind
    /// The key, or the tensor.
    package let subject: ByteString
    package let old: MetadataValue?
    package let new: MetadataValue?
    /// The new name.
    package var name: ByteString?
  }

  /// A header's content after the edit.
  package struct Result: Sendable {
    package var metadata: Metadata
    /// New names of tensors by the old ones.
    package var names: [ByteString: ByteString] = [:]
    package var changes: [Change] = []
  }

  /// The metadata and names after the edit; throws where something that it speaks of is not there.
  package func applied(to metadata: Metadata, tensors: [ByteString]) throws -> Result {
    var result = Result(metadata: metadata)
    for pair in renames { try rename(pair.old, to: pair.new, tensors, &result) }
    for pattern in removals { try remove(pattern, &result) }
    if removesTemplates { removeTemplates(&result) }
    for assignment in assignments {
      let value = try assignment.value(replacing: result.metadata[assignment.key])
      set(assignment.key, value, &result)
    }
    for entry in values { set(entry.key, entry.value, &result) }
    for template in templates { add(template.name, template.text, &result) }
    try setTokens(&result)
    if let reserve {
      result.metadata[GGUFHeaderEdit.reserveKey] = GGUFHeaderEdit.reserve(reserve)
    }
    return result
  }

  private func set(_ key: ByteString, _ value: MetadataValue, _ result: inout Result) {
    let old = result.metadata[key]
    guard old != value else { return }
    result.metadata[key] = value
    result.changes.append(
      Change(kind: old == nil ? .added : .set, subject: key, old: old, new: value))
  }

  private func remove(_ pattern: String, _ result: inout Result) throws {
    let glob = Array(pattern.utf8)
    let keys = result.metadata.entries.map(\.key).filter {
      Wildcards.match(glob[...], $0.bytes[...])
    }
    guard !keys.isEmpty else {
      throw RequestError(
        message: "--remove \(pattern): the model has no such key",
        hint: "weighbridge inspect MODEL --metadata lists them")
    }
    for key in keys {
      guard key != "general.architecture", !key.hasPrefix("split.") else {
        throw RequestError(message: "--remove \(key): no reader opens a file without it")
      }
      let old = result.metadata[key]
      result.metadata[key] = nil
      result.changes.append(Change(kind: .removed, subject: key, old: old, new: nil))
    }
  }

  private func rename(
    _ old: String, to new: String, _ tensors: [ByteString], _ result: inout Result
  ) throws {
    let (name, target) = (ByteString(old), ByteString(new))
    guard !target.isEmpty else { throw RequestError(message: "--rename \(old)=: no new name") }
    let isTensor = tensors.contains(name)
    let value = result.metadata[name]
    guard isTensor != (value != nil) else {
      throw RequestError(
        message: isTensor
          ? "--rename \(old): both a key and a tensor have this name"
          : "--rename \(old): neither a key nor a tensor has this name",
        hint: "weighbridge inspect MODEL --metadata --tensors lists them")
    }
    if let value {
      guard result.metadata[target] == nil else {
        throw RequestError(message: "--rename \(old)=\(new): there is a key '\(new)' already")
      }
      var renamed = Metadata()
      for entry in result.metadata.entries {
        _ = renamed.append(entry.key == name ? target : entry.key, entry.value)
      }
      result.metadata = renamed
      result.changes.append(
        Change(kind: .renamed, subject: name, old: value, new: value, name: target))
      return
    }
    let taken = Set(tensors.map { result.names[$0] ?? $0 })
    guard !taken.contains(target) else {
      throw RequestError(message: "--rename \(old)=\(new): there is a tensor '\(new)' already")
    }
    guard target.count < 64 else {
      throw RequestError(
        message: "--rename \(old)=\(new): the name has \(target.count) bytes; ggml reads 63")
    }
    result.names[name] = target
    result.changes.append(
      Change(kind: .renamed, subject: name, old: nil, new: nil, name: target))
  }

  private func removeTemplates(_ result: inout Result) {
    for entry in result.metadata.entries where entry.key.hasPrefix("tokenizer.chat_template") {
      result.metadata[entry.key] = nil
      result.changes.append(
        Change(kind: .removed, subject: entry.key, old: entry.value, new: nil))
    }
  }

  private func add(_ name: String?, _ text: ByteString, _ result: inout Result) {
    guard let name, name != "default" else {
      return set("tokenizer.chat_template", .string(text), &result)
    }
    set(ByteString("tokenizer.chat_template.\(name)"), .string(text), &result)
    var names = result.metadata["tokenizer.chat_templates"]?.array?.strings ?? []
    guard !names.contains(ByteString(name)) else { return }
    names.append(ByteString(name))
    set("tokenizer.chat_templates", .array(.strings(names)), &result)
  }
}

extension ModelEdit {
  fileprivate func setTokens(_ result: inout Result) throws {
    guard !specials.isEmpty || !tokenTypes.isEmpty else { return }
    guard let tokens = result.metadata["tokenizer.ggml.tokens"]?.array?.strings else {
      throw RequestError(message: "the model has no vocabulary whose tokens could be edited")
    }
    for (name, token) in specials {
      let id = try Self.id(of: token, in: tokens)
      set(ByteString("tokenizer.ggml.\(name)_token_id"), .uint32(UInt32(id)), &result)
    }
    guard !tokenTypes.isEmpty else { return }
    let key: ByteString = "tokenizer.ggml.token_type"
    var types =
      result.metadata[key]?.array?.integers?.map { Int32(clamping: $0) }
      ?? [Int32](repeating: 1, count: tokens.count)
    guard types.count == tokens.count else {
      throw RequestError(
        message: "\(key) has \(types.count) entries, and there are \(tokens.count) tokens")
    }
    for (token, type) in tokenTypes { types[try Self.id(of: token, in: tokens)] = type }
    set(key, .array(.int32(types)), &result)
  }

  private static func id(of token: Token, in tokens: [ByteString]) throws -> Int {
    switch token {
    case .id(let id):
      guard tokens.indices.contains(id) else {
        throw RequestError(message: "token \(id): there are tokens 0 to \(tokens.count - 1)")
      }
      return id
    case .text(let text):
      let bytes = ByteString(text)
      guard let id = tokens.firstIndex(of: bytes) else {
        throw RequestError(
          message: "the vocabulary has no token '\(text)'",
          hint: "weighbridge tokenize shows how tokens are spelt; a number names one, too")
      }
      return id
    }
  }
}

/// `*` for any bytes, `?` for one.
enum Wildcards {
  static func match(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    var (pattern, text) = (pattern, text)
    var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (pattern, text)
      } else if let next = text.first, let sign = pattern.first,
        sign == next || sign == UInt8(ascii: "?")
      {
        (pattern, text) = (pattern.dropFirst(), text.dropFirst())
      } else if text.isEmpty, pattern.isEmpty {
        return true
      } else if let last = retry, !last.text.isEmpty {
        retry = (last.pattern, last.text.dropFirst())
        (pattern, text) = (last.pattern, last.text.dropFirst())
      } else {
        return false
      }
    }
  }
}
