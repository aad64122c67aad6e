package import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeModelIR

/// Adapters that the user names.
package enum AdapterInput {
  /// The checkpoint with adapters added, each `FOLDER` or `FOLDER:SCALE`.
  package static func merge(_ adapters: [String], into model: Model) throws -> Model {
    guard !adapters.isEmpty else { return model }
    guard model.kind == .checkpoint else {
      throw RequestError(
        message: "--merge-lora adds an adapter to a checkpoint, not to a GGUF file",
        hint: "convert the checkpoint itself, or write the adapter as GGUF and load it beside")
    }
    var result = model
    for argument in adapters {
      let (path, scale) = split(argument)
      let adapter = try LoRAAdapter(ModelInput.open(path))
      result = try AdapterMerge.apply(adapter, to: result, scale: scale)
    }
    return result
  }

  private static func split(_ argument: String) -> (path: String, scale: Double) {
    guard let colon = argument.lastIndex(of: ":"), !DirectoryTree.isDirectory(argument),
      let scale = Double(argument[argument.index(after: colon)...]), scale.isFinite
    else { return (argument, 1) }
    return (String(argument[..<colon]), scale)
  }

  /// The folder of the checkpoint that an adapter was trained on.
  package static func base(_ path: String?, of adapter: Model) throws -> any FileTree {
    if let path { return try DirectoryTree(path: path) }
    if let named = try LoRAAdapter(adapter).baseModel, DirectoryTree.isDirectory(named) {
      return try DirectoryTree(path: named)
    }
    if let tree = adapter.companions, tree.names.contains("config.json") { return tree }
    throw RequestError(
      message: "this is an adapter, and the checkpoint that it was trained on is not here",
      hint: "--base FOLDER names it; only its config.json is read")
  }
}
