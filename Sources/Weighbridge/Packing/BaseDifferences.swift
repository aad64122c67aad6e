internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// Tensors as they differ from those of the same name in another bundle: what a fine-tune has changed.
struct BaseDifferences {
  private struct Place {
    let tensor: BundleTensor
    let file: BundleFile
    let source: any ByteSource
  }

  private let reader: BundleReader
  private var places: [ByteString: Place] = [:]

  /// Lists the tensors of all files of the bundle.
  init(_ reader: BundleReader) throws {
    guard reader.identity != nil else {
      throw RequestError(
        message: "\(reader.name) does not tell its identity, by which a difference would name it")
    }
    self.reader = reader
    let tree = BundleTree(reader)
    var known = TensorPlaces()
    for file in reader.files where file.kind == .weight && file.isSeekable && file.digest != nil {
      let source = try tree.open(file.path)
      for tensor in known.tensors(of: source, named: file.path, in: tree)
      where places[tensor.name] == nil {
        places[tensor.name] = Place(tensor: tensor, file: file, source: source)
      }
    }
  }

  /// Inputs with a prediction for each tensor that is in the base.
  func predicting(_ inputs: [BundleInput]) throws -> [BundleInput] {
    try inputs.map { input in
      var input = input
      for index in input.tensors.indices {
        if let found = try prediction(of: input.tensors[index]) {
          input.tensors[index].predictions.append(found)
        }
      }
      return input
    }
  }

  private func prediction(of tensor: BundleTensor) throws -> BundlePrediction? {
    guard let place = places[tensor.name], place.tensor.encoding == tensor.encoding,
      place.tensor.byteCount == tensor.byteCount, let digest = place.file.digest,
      let identity = reader.identity,
      let extent = ByteExtent(
        offset: place.tensor.offset, byteCount: tensor.byteCount,
        within: place.source.byteCount)
    else { return nil }
    var record = JSONObject()
    record["op"] = "copy"
    record["bundle"] = JSONValue(identity)
    record["name"] = JSONValue(ModelInput.shortName(reader.name))
    record["file"] = JSONValue(digest)
    record["offset"] = JSONValue(extent.offset)
    record["bytes"] = JSONValue(extent.byteCount)
    // Numbers differ by little where they differ; blocks are the same or not.
    let isNumber = [1, 2, 4].contains(tensor.blockBytes)
    return BundlePrediction(
      record: .object(record),
      source: SliceSource(place.source, extent, name: place.source.name),
      width: isNumber ? tensor.blockBytes : 0)
  }
}
