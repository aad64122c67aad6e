internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

/// `pytorch_model.bin.index.json`: which tensor is in which file (PT-50 to PT-52).
struct TorchIndex {
  private let map: WeightMap
  var source: String { map.source }
  var files: [String] { map.files }
  var places: [ByteString: Int] { map.places }

  /// An object with a `weight_map` whose first file is not one of safetensors.
  static func recognizes(_ prefix: [UInt8]) -> Bool {
    guard let first = prefix.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") else {
      return false
    }
    let text = String(decoding: prefix, as: UTF8.self).utf8
    let key = Array("\"weight_map\"".utf8)
    guard let place = text.indices.first(where: { text[$0...].starts(with: key) }) else {
      return false
    }
    let strings = text[place...].split(separator: UInt8(ascii: "\"")).map { String($0) ?? "" }
    let file = strings.first { $0.contains(".") && endings.contains(where: $0.hasSuffix) }
    return file != nil && !strings.contains { $0.hasSuffix(".safetensors") }
  }

  private static let endings = [".bin", ".pt", ".pth"]

  /// Reads an index.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    map = try WeightMap(source, limits: limits)
  }

  /// The index beside a shard, if there is one and it names the shard.
  init?(of file: String, in tree: any FileTree, limits: ReadLimits) throws(FormatError) {
    guard
      let map = try WeightMap(
        beside: file, endingIn: Self.endings, in: tree, limits: limits)
    else { return nil }
    self.map = map
  }
}

extension TorchArchives {
  /// Opens all files of an index, and checks it both ways.
  static func openShards(
    _ index: TorchIndex, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    var model = Model(origin: ModelOrigin(format: name, kind: .tensors))
    var found = Set<ByteString>(minimumCapacity: index.places.count)
    for (number, file) in index.files.enumerated() {
      let source: any ByteSource
      let prefix: [UInt8]
      do { (source, prefix) = try Self.source(file, in: tree) } catch {
        throw FormatError(
          .missingFile, "\(file), which the index names, cannot be opened: \(error.message)",
          in: index.source, hint: NumberedShards.hint(missing: index.files, in: tree))
      }
      let archive = try open(source, prefix, number: number, limits: limits)
      model.origin.version = archive.version
      model.origin.byteOrder = archive.byteOrder
      model.origin.files.append(archive.originFile)
      model.problems += archive.problems
      for tensor in archive.tensors {
        let place = index.places[tensor.name]
        guard place == number || place == nil else {
          model.problems.append(
            stray(tensor, source, "the index lists it elsewhere; this copy is not used"))
          continue
        }
        guard found.insert(tensor.name).inserted else { continue }
        if place == nil {
          model.problems.append(stray(tensor, source, "the index does not list it"))
        }
        model.tensors.append(tensor)
      }
    }
    let absent = index.places.keys.filter { !found.contains($0) }.sorted()
    if let first = absent.first, let place = index.places[first] {
      let rest = absent.count > 1 ? " (and \(absent.count - 1) more tensors)" : ""
      throw FormatError(
        .invalidValue,
        "tensor '\(first.text)' should be in \(index.files[place]) and is not there\(rest)",
        in: index.source, hint: "the index and the files are of different versions")
    }
    return model
  }

  private static func stray(
    _ tensor: Tensor, _ source: any ByteSource, _ message: String
  ) -> Diagnostic {
    Diagnostic(.warning, "index-mismatch", at: tensor.name.text, "in \(source.name): \(message)")
  }
}
