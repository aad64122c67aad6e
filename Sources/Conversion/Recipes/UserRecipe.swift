package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A recipe that a user has written, as YAML or JSON; Specs/recipes.md has the keys.
package struct UserRecipe: Sendable {
  /// A rule: the first whose tensors a tensor is one of decides.
  struct Rule: Sendable {
    let selection: TensorSelection
    /// The encoding; nil keeps the tensor as it is.
    let encoding: Encoding?
  }

  /// What holds for tensors that no rule is about.
  package let recipe: Recipe
  /// The rules, in order.
  let rules: [Rule]
  /// The encoding of `output.weight`, if the recipe says so.
  package let output: Encoding?
  /// The encoding of token embeddings, if the recipe says so.
  package let embedding: Encoding?
  /// What becomes of rows that do not hold the blocks of their encoding; nil for llama.cpp's choice.
  let fallback: Encoding?

  /// Reads a document; `name` stands for the recipe where it has no name of its own.
  package init(_ document: JSONValue, in source: String, name: String) throws(FormatError) {
    let reader = RecipeReader(source: source)
    let object = try reader.object(
      document, at: "",
      keys: ["name", "recipe", "base", "output", "embedding", "fallback", "rules"])
    let own = try object["name"].map { (value) throws(FormatError) in
      try reader.text(value, at: "name")
    }
    switch (object["recipe"], object["base"]) {
    case (let value?, nil):
      let text = try reader.text(value, at: "recipe")
      guard let known = RecipeRegistry.meant(by: text) else {
        throw reader.fault(
          "recipe", "there is no recipe '\(text)'",
          hint: RecipeRegistry.hint(for: text))
      }
      recipe = known.renamed(own ?? name)
    case (nil, let value?):
      recipe = Self.uniform(try reader.encoding(value, at: "base"), named: own ?? name)
    case (nil, nil):
      throw reader.fault(
        "base", "it is missing",
        hint: "base: Q4_K gives every matrix one encoding, recipe: Q4_K_M starts from a recipe")
    case (_?, _?): throw reader.fault("base", "either 'recipe' or 'base' says what holds, not both")
    }
    output = try object["output"].map { (value) throws(FormatError) in
      try reader.encoding(value, at: "output")
    }
    embedding = try object["embedding"].map { (value) throws(FormatError) in
      try reader.encoding(value, at: "embedding")
    }
    fallback = try object["fallback"].map { (value) throws(FormatError) in
      try reader.encoding(value, at: "fallback")
    }
    rules = try reader.rules(object["rules"])
  }

  /// One encoding for every matrix, with the file type of the recipe that it comes closest to.
  private static func uniform(_ encoding: Encoding, named name: String) -> Recipe {
    // 1024 is llama.cpp's mark of a type that is guessed from the tensors.
    let fileType = RecipeRegistry.all.first { $0.base == encoding }?.fileType ?? 1024
    return Recipe(name, fileType: fileType, base: encoding, output: encoding, kind: .uniform)
  }
}

extension Recipe {
  /// The same choices under another name.
  func renamed(_ name: String) -> Recipe {
    Recipe(
      name, fileType: fileType, base: base, output: output, embedding: embedding, kind: kind,
      demanding: demanding, choose: choose)
  }
}

/// Checks the values of a recipe and says where one is wrong.
struct RecipeReader {
  let source: String

  func fault(_ place: String, _ message: String, hint: String? = nil) -> FormatError {
    let start = place.isEmpty ? "" : "'\(place)': "
    return FormatError(.invalidValue, start + message, in: source, hint: hint)
  }

  func object(
    _ value: JSONValue, at place: String, keys: [ByteString]
  ) throws(FormatError) -> JSONObject {
    guard let object = value.object else { throw fault(place, "keys with values are expected") }
    for member in object.members where !keys.contains(member.key) {
      throw fault(
        place.isEmpty ? member.key.text : "\(place).\(member.key)", "there is no such key",
        hint: "keys: " + keys.map(\.text).joined(separator: ", "))
    }
    return object
  }

  func text(_ value: JSONValue, at place: String) throws(FormatError) -> String {
    guard let text = value.text, !text.isEmpty else { throw fault(place, "a text is expected") }
    return text
  }

  func encoding(_ value: JSONValue, at place: String) throws(FormatError) -> Encoding {
    let text = try text(value, at: place)
    do { return try TensorTypeRule.encoding(text) } catch {
      throw fault(place, "there is no encoding '\(text)' to write", hint: error.hint)
    }
  }

  func rules(_ value: JSONValue?) throws(FormatError) -> [UserRecipe.Rule] {
    guard let value else { return [] }
    guard let list = value.array else { throw fault("rules", "a list is expected") }
    var rules: [UserRecipe.Rule] = []
    for (index, element) in list.enumerated() {
      rules.append(try rule(element, at: "rules[\(index + 1)]"))
    }
    return rules
  }

  private func rule(
    _ value: JSONValue, at place: String
  ) throws(FormatError) -> UserRecipe.Rule {
    let object = try object(value, at: place, keys: ["role", "match", "layers", "experts", "type"])
    var selection = TensorSelection()
    if let value = object["role"] { selection.roles = try roles(value, at: place + ".role") }
    if let value = object["match"] {
      let pattern = try text(value, at: place + ".match")
      guard (try? Regex(pattern)) != nil else {
        throw fault(place + ".match", "'\(pattern)' is not a regular expression")
      }
      selection.pattern = pattern
    }
    if let value = object["layers"] { selection.layers = try layers(value, at: place + ".layers") }
    if let value = object["experts"] {
      guard let holds = value.bool else {
        throw fault(place + ".experts", "true or false is expected")
      }
      selection.holdsExperts = holds
    }
    guard object.members.contains(where: { $0.key != "type" }) else {
      throw fault(
        place, "it says nothing of which tensors it is about",
        hint: "role, match, layers or experts; 'base' holds for all others")
    }
    guard let type = object["type"] else { throw fault(place + ".type", "it is missing") }
    if type.text?.lowercased() == "keep" {
      return UserRecipe.Rule(selection: selection, encoding: nil)
    }
    return UserRecipe.Rule(
      selection: selection, encoding: try encoding(type, at: place + ".type"))
  }

  private func roles(_ value: JSONValue, at place: String) throws(FormatError) -> [TensorRole] {
    var roles: [TensorRole] = []
    for element in value.array ?? [value] {
      let name = try text(element, at: place)
      guard let known = TensorSelection.roles.first(where: { $0.name == name.lowercased() }) else {
        throw fault(
          place, "there is no role '\(name)'",
          hint: "roles: " + TensorSelection.roles.map(\.name).joined(separator: ", "))
      }
      roles += known.roles
    }
    return roles
  }

  private func layers(_ value: JSONValue, at place: String) throws(FormatError) -> LayerSelection {
    let items = (value.array ?? [value]).map { $0.integer.map { "\($0)" } ?? $0.text ?? "?" }
    guard let layers = LayerSelection(items.joined(separator: ",")) else {
      throw fault(
        place, "'\(items.joined(separator: ", "))' names no layers",
        hint: "for example 0-3, -1, first 1/8, last 2, 25%-75%")
    }
    return layers
  }
}
