internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

extension TorchArchives {
  /// Opens all files of a complete series without an index.
  static func openNumbered(
    _ shards: NumberedShards, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    try shards.joined(as: name, in: tree, limits) {
      (file, number, model) throws(FormatError) in
      let (source, prefix) = try Self.source(file, in: tree)
      let archive = try open(source, prefix, number: number, limits: limits)
      model.origin.version = archive.version
      model.origin.byteOrder = archive.byteOrder
      model.origin.files.append(archive.originFile)
      model.problems += archive.problems
      return (source.name, archive.tensors)
    }
  }
}
