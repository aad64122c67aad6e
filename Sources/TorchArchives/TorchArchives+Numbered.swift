internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

extension TorchArchives {
  /// Opens all files of a complete series without an index.
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
      let (source, prefix) = try Self.source(file, in: tree)
      let archive = try open(source, prefix, number: number, limits: limits)
      model.origin.version = archive.version
      model.origin.byteOrder = archive.byteOrder
      model.origin.files.append(archive.originFile)
      model.problems += archive.problems
      for tensor in archive.tensors {
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
