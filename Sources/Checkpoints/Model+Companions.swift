package import WeighbridgeByteIO
package import WeighbridgeModelIR

extension Model {
  /// Puts the model among the files of a folder, which say what bare tensors are: a checkpoint, or an
  /// adapter of one.
  ///
  /// Of a folder that has the documents of both, the names of the tensors decide. Nothing changes for
  /// models that say themselves what they are.
  package mutating func place(among tree: any FileTree) {
    companions = tree
    guard kind == .tensors else { return }
    let names = tree.names
    let isCheckpoint = Checkpoint.isIn(names)
    if names.contains("adapter_config.json"),
      !isCheckpoint || tensors.contains(where: { $0.name.text.contains("lora_") })
    {
      kind = .adapter
    } else if isCheckpoint {
      kind = .checkpoint
    }
    origin.kind = kind
  }
}
