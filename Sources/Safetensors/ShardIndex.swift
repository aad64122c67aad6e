internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

/// `model.safetensors.index.json`: which tensor is in which file (ST-13).
struct ShardIndex {
  private let map: WeightMap
  var source: String { map.source }
  var files: [String] { map.files }
  var places: [ByteString: Int] { map.places }
  var totalSize: Int? { map.totalSize }

  /// Reads an index.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    map = try WeightMap(source, limits: limits)
  }

  /// The index beside a shard, if there is one and it names the shard.
  init?(of file: String, in tree: any FileTree, limits: ReadLimits) throws(FormatError) {
    guard
      let map = try WeightMap(
        beside: file, endingIn: [".safetensors"], in: tree, limits: limits)
    else { return nil }
    self.map = map
  }
}

extension Safetensors {
  /// Opens all files of an index, and checks it both ways (ST-14, ST-15).
  static func openShards(
    _ index: ShardIndex, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    var model = Model(origin: ModelOrigin(format: name, kind: .tensors))
    var found = Set<ByteString>(minimumCapacity: index.places.count)
    for (number, source) in try openParts(index, in: tree).enumerated() {
      let header = try SafetensorsHeader(source, limits: limits)
      model.origin.files.append(header.file)
      model.problems += header.problems
      model.problems += merge(header.metadata, into: &model.metadata, from: source.name)
      for tensor in header.tensors(file: number) {
        switch index.places[tensor.name] {
        case number:
          found.insert(tensor.name)
          model.tensors.append(tensor)
        case .none:
          model.problems.append(unindexed(tensor, in: source.name, "the index does not list it"))
          guard found.insert(tensor.name).inserted else { continue }
          model.tensors.append(tensor)
        case .some(let other):
          model.problems.append(
            unindexed(
              tensor, in: source.name,
              "the index lists it in \(index.files[other]); this copy is not used"))
        }
      }
    }
    try checkComplete(index, found)
    if let total = index.totalSize, UInt64(exactly: total) != model.tensorBytes {
      model.problems.append(
        Diagnostic(
          .note, "total-size", at: index.source,
          "'total_size' is \(total), and the tensors have \(model.tensorBytes) bytes"))
    }
    return model
  }

  private static func openParts(
    _ index: ShardIndex, in tree: any FileTree
  ) throws(FormatError) -> [any ByteSource] {
    var sources: [any ByteSource] = []
    var missing: [String] = []
    for file in index.files {
      if let source = try? tree.open(file) { sources.append(source) } else { missing.append(file) }
    }
    guard missing.isEmpty else {
      let rest = missing.count > 5 ? " and \(missing.count - 5) more" : ""
      throw FormatError(
        .missingFile,
        "\(missing.count) of \(index.files.count) files are missing or cannot be opened: "
          + missing.prefix(5).joined(separator: ", ") + rest,
        in: index.source, hint: NumberedShards.hint(missing: index.files, in: tree))
    }
    return sources
  }

  private static func checkComplete(
    _ index: ShardIndex, _ found: Set<ByteString>
  ) throws(FormatError) {
    let absent = index.places.keys.filter { !found.contains($0) }.sorted()
    guard let first = absent.first, let file = index.places[first] else { return }
    let rest = absent.count > 1 ? " (and \(absent.count - 1) more tensors)" : ""
    throw FormatError(
      .invalidValue,
      "tensor '\(first)' should be in \(index.files[file]) and is not there\(rest)",
      in: index.source, hint: "the index and the files are of different versions")
  }

  private static func unindexed(
    _ tensor: Tensor, in source: String, _ message: String
  ) -> Diagnostic {
    Diagnostic(.warning, "index-mismatch", at: tensor.name.text, "in \(source): \(message)")
  }

  /// The metadata of the first file that has a key counts.
  static func merge(
    _ other: Metadata, into metadata: inout Metadata, from source: String
  ) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    for entry in other.entries where !metadata.append(entry.key, entry.value) {
      guard metadata[entry.key] != entry.value else { continue }
      problems.append(
        Diagnostic(
          .note, "shard-metadata", at: entry.key.text,
          "\(source) has another value than the files before it"))
    }
    return problems
  }
}
