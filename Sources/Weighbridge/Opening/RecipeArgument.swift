internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeYAML

/// `--type`: the name of a recipe, or a file with one that the user has written.
package enum RecipeArgument {
  private static let endings = [".yaml", ".yml", ".json"]
  private static let limit: UInt64 = 1 << 20

  /// Whether an argument names a file.
  package static func isFile(_ type: String) -> Bool {
    if type == "-" { return true }
    let lower = type.lowercased()
    return endings.contains { lower.hasSuffix($0) }
  }

  /// Sets what an argument asks for.
  package static func apply(_ type: String, to options: inout ConversionOptions) throws {
    guard isFile(type) else {
      if type.uppercased() == "COPY" {
        options.keepsTypes = true
        return
      }
      guard let recipe = RecipeRegistry.meant(by: type) else {
        throw RequestError(
          message: "there is no type or recipe '\(type)'", hint: RecipeRegistry.hint(for: type))
      }
      options.recipe = recipe
      return
    }
    let bytes = try TextInput.read(type, limit: limit)
    let source = TextInput.name(of: type)
    let document = try YAMLDocument.parse(String(decoding: bytes, as: UTF8.self), in: source)
    let file = ModelInput.shortName(type)
    let name = type == "-" ? "recipe" : file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    options.adopt(try UserRecipe(document, in: source, name: name))
  }
}
