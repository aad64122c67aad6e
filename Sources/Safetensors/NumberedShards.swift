internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Shards without an index: `<prefix>-00001-of-00003.safetensors` and its siblings, by their names.
struct NumberedShards {
  /// The files that are there, in the order of their numbers.
  let files: [String]
  /// How many there should be.
  let count: Int
  /// Which numbers are missing, from the one that the series begins with.
  let missing: [Int]

  /// The series that a file belongs to by its name; nil where it has no number.
  init?(of file: String, in tree: any FileTree) {
    guard let part = ShardIndex.partNumbers(file), part.count > 1, part.count < 1 << 20 else {
      return nil
    }
    let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    var numbers: [Int: String] = [:]
    for name in tree.names where name.hasPrefix(folder) {
      guard let other = ShardIndex.partNumbers(name), other.prefix == part.prefix,
        other.count == part.count, other.number <= part.count
      else { continue }
      numbers[other.number] = name
    }
    numbers[part.number] = file
    let first = numbers[0] == nil ? 1 : 0
    self.files = numbers.sorted { $0.key < $1.key }.map(\.value)
    self.count = part.count
    // What is missing is listed to be read by people; names may speak of millions.
    self.missing = Array(
      (first..<first + part.count).lazy.filter { numbers[$0] == nil }.prefix(100))
  }

  /// Whether every file is there.
  var isComplete: Bool { missing.isEmpty }
}

extension Safetensors {
  /// What all shards of a model have in common in their names; nil for a file without a number.
  package static func series(of file: String) -> String? {
    ShardIndex.partNumbers(file).map { "\($0.prefix) \($0.count)" }
  }

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
    model.problems.append(
      Diagnostic(
        .warning, "no-index", at: shards.files.first ?? tree.name,
        "\(shards.count) files belong together by their names, and there is no index to check them "
          + "against"))
    return model
  }
}
