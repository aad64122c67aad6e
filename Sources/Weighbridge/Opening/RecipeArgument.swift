internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeJSON
internal import WeighbridgeYAML

/// `--type`: the name of a recipe, or a file with one that the user has written.
package enum RecipeArgument {
  private static let endings = [".yaml", ".yml", ".json"]
  private static let limit: UInt64 = 1 << 20

  /// Whether an argument names a file.
  package static func isFile(_ type: String) -> Bool {
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
      // llama-quantize takes the numbers of general.file_type, too.
      let number = UInt32(type)
      let named =
        number.flatMap { number in RecipeRegistry.all.first { $0.fileType == number } }
        ?? RecipeRegistry.named(type)
      guard let recipe = named else {
        throw RequestError(
          message: "there is no type or recipe '\(type)'",
          hint: "recipes: " + RecipeRegistry.all.map(\.name).joined(separator: ", ")
            + ", or a file: my-recipe.yaml")
      }
      options.recipe = recipe
      return
    }
    let source = try FileSource(path: type)
    guard source.byteCount <= limit else {
      throw RequestError(message: "\(type): a recipe has at most 1 MiB")
    }
    let bytes = try source.readBytes(at: 0, count: Int(source.byteCount))
    let document = try YAMLDocument.parse(String(decoding: bytes, as: UTF8.self), in: type)
    let file = ModelInput.shortName(type)
    let name = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    options.adopt(try UserRecipe(document, in: type, name: name))
  }
}
