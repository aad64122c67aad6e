internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

extension Safetensors {
  /// Opens all files of a complete series.
  static func openNumbered(
    _ shards: NumberedShards, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    try shards.joined(as: name, in: tree, limits) {
      (file, number, model) throws(FormatError) in
      let source: any ByteSource
      do throws(IOError) { source = try tree.open(file) } catch { throw FormatError(error) }
      let header = try SafetensorsHeader(source, limits: limits)
      model.origin.files.append(header.file)
      model.problems += header.problems
      model.problems += merge(header.metadata, into: &model.metadata, from: source.name)
      return (source.name, header.tensors(file: number))
    }
  }
}
