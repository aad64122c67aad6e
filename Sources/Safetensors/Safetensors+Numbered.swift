internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

extension Safetensors {
  /// Opens all files of a complete series.
  static func openNumbered(
    _ shards: NumberedShards, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    guard shards.files.count <= limits.files else {
      throw FormatError(
        .limitExceeded, "\(shards.files.count) files; at most \(limits.files) are allowed",
        in: tree.name)
    }
    var model = Model(origin: ModelOrigin(format: name, kind: .tensors))
    var found: [ByteString: String] = [:]
    for (number, file) in shards.files.enumerated() {
      let source: any ByteSource
      do { source = try tree.open(file) } catch { throw FormatError(error) }
      let header = try SafetensorsHeader(source, limits: limits)
      model.origin.files.append(header.file)
      model.problems += header.problems
      model.problems += merge(header.metadata, into: &model.metadata, from: source.name)
      for tensor in header.tensors(file: number) {
        if let other = found.updateValue(source.name, forKey: tensor.name) {
          throw FormatError(
            .duplicateName, "tensor '\(tensor.name)' is also in \(other)", in: source.name,
            hint: "there is no index that says which of the two counts")
        }
        model.tensors.append(tensor)
      }
    }
    model.problems.append(shards.withoutIndex)
    return model
  }
}
