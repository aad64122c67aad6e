package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Shards without an index: `<prefix>-00001-of-00003.safetensors` and its siblings, by their names.
package struct NumberedShards {
  /// The files that are there, in the order of their numbers.
  package let files: [String]
  /// How many there should be.
  package let count: Int
  /// Which numbers are missing, from the one that the series begins with.
  package let missing: [Int]

  /// The series that a file belongs to by its name; nil where it has no number.
  package init?(of file: String, in tree: any FileTree) {
    guard let part = ShardNumber(file), part.count > 1, part.count < 1 << 20 else { return nil }
    let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    var numbers: [Int: String] = [:]
    for name in tree.names where name.hasPrefix(folder) {
      guard let other = ShardNumber(name), other.series == part.series, other.number <= part.count
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
  package var isComplete: Bool { missing.isEmpty }

  /// What to do where an index names files that are not there: another whole series shows that the index
  /// is left from an earlier state.
  package static func hint(missing files: [String], in tree: any FileTree) -> String {
    let other = tree.names.lazy.filter { !files.contains($0) }
      .compactMap { NumberedShards(of: $0, in: tree) }.first { $0.isComplete }
    guard let other, let first = other.files.first else {
      return "fetch the missing files into the same folder"
    }
    return "the index speaks of other files than \(first) and its \(other.count - 1) siblings: "
      + "remove it to read these"
  }

  /// Puts the files of a whole series together.
  ///
  /// `open` reads a file, by its name and its number, into the model but for its tensors, and gives
  /// these with what the file is called; a name in two files is an error.
  package func joined(
    as format: String, in tree: any FileTree, _ limits: ReadLimits,
    _ open: (String, Int, inout Model) throws(FormatError) -> (source: String, tensors: [Tensor])
  ) throws(FormatError) -> Model {
    guard files.count <= limits.files else {
      throw FormatError(
        .limitExceeded, "\(files.count) files; at most \(limits.files) are allowed",
        in: tree.name)
    }
    var model = Model(origin: ModelOrigin(format: format, kind: .tensors))
    var found: [ByteString: String] = [:]
    for (number, file) in files.enumerated() {
      let (source, tensors) = try open(file, number, &model)
      for tensor in tensors {
        if let other = found.updateValue(source, forKey: tensor.name) {
          throw FormatError(
            .duplicateName, "tensor '\(tensor.name)' is also in \(other)", in: source,
            hint: "there is no index that says which of the two counts")
        }
        model.tensors.append(tensor)
      }
    }
    model.problems.append(withoutIndex)
    return model
  }

  /// What to say of a whole series.
  package var withoutIndex: Diagnostic {
    Diagnostic(
      .warning, "no-index", at: files.first ?? "",
      "\(count) files belong together by their names, and there is no index to check them against")
  }

  /// What to say of a file whose siblings are not all there.
  package func single(_ source: String) -> Diagnostic {
    let listed = missing.prefix(5).map { "\($0)" }.joined(separator: ", ")
    return Diagnostic(
      .warning, "single-shard", at: source,
      "by its name this is one of \(count) parts, there is no index, and part \(listed) "
        + (missing.count > 5 ? "and more are" : "is") + " not there: only this part was read")
  }
}

/// The name of a shard, taken apart: `<prefix>-00001-of-00003<ending>`.
package struct ShardNumber: Hashable, Sendable {
  /// What stands before the numbers.
  package let prefix: String
  /// Which part it is; most count from 1, some from 0.
  package let number: Int
  /// How many parts there are.
  package let count: Int
  /// What stands behind the numbers: `.safetensors`.
  package let ending: String

  /// Nil where a file has no such name.
  package init?(_ name: String) {
    let endings = [".safetensors", ".bin", ".pt", ".pth"]
    guard let ending = endings.first(where: name.hasSuffix) else { return nil }
    let parts = name.dropLast(ending.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[parts.count - 2] == "of", let count = Int(parts[parts.count - 1]),
      let number = Int(parts[parts.count - 3]), number >= 0, count > 0
    else { return nil }
    prefix = parts.dropLast(3).joined(separator: "-")
    self.number = number
    self.count = count
    self.ending = ending
  }

  /// What all shards of a model have in common.
  package var series: String { "\(prefix) \(count) \(ending)" }
}
