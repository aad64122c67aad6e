package import WeighbridgeByteIO
internal import WeighbridgeJSON

/// The `weight_map` of an index of shards: which tensor is in which file, whatever the files' format.
package struct WeightMap: Sendable {
  /// The index, for messages.
  package let source: String
  /// Names of the files, sorted; each is a plain name, so that nothing outside the folder is read.
  package let files: [String]
  /// The file of each tensor, as an index into `files`.
  package let places: [ByteString: Int]
  /// `metadata.total_size`, where it is an integer.
  package let totalSize: Int?

  /// The index beside a shard `<prefix>-00001-of-00003<ending>`, if there is one and it names the shard.
  ///
  /// Throws what reading an index does.
  package init?(
    beside file: String, endingIn endings: [String], in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) {
    guard let part = ShardNumber(file), endings.contains(part.ending),
      let source = try tree.openIfPresent(part.prefix + part.ending + ".index.json")
    else { return nil }
    let index = try WeightMap(source, limits: limits)
    guard index.files.contains(file) else { return nil }
    self = index
  }

  /// Reads an index.
  ///
  /// Throws `invalidValue` where it has no such map, `unsafePath` for a file's name with a folder in it,
  /// and `limitExceeded` for too many files.
  package init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    let json = try JSONValue.read(source, limits: limits)
    guard let map = json["weight_map"]?.object, map.count > 0 else {
      throw FormatError(
        .invalidValue, "'weight_map' is missing, empty or not an object", in: source.name)
    }
    var names = Set<String>()
    var files: [(tensor: ByteString, file: String)] = []
    for member in map.members {
      guard let file = member.value.string?.validatedText else {
        throw FormatError(
          .invalidValue, "the file of tensor '\(member.key)' is not a string", in: source.name,
          at: UInt64(member.offset))
      }
      guard Self.isPlainName(file) else {
        throw FormatError(
          .unsafePath, "the file of tensor '\(member.key)' is '\(file)', not a plain name",
          in: source.name, at: UInt64(member.offset))
      }
      names.insert(file)
      files.append((member.key, file))
    }
    guard names.count <= limits.files else {
      throw FormatError(
        .limitExceeded, "\(names.count) files; at most \(limits.files) are allowed",
        in: source.name)
    }
    let sorted = names.sorted { ByteString($0) < ByteString($1) }
    let numbers = Dictionary(uniqueKeysWithValues: zip(sorted, 0...))
    self.source = source.name
    self.files = sorted
    self.places = Dictionary(
      uniqueKeysWithValues: files.map { ($0.tensor, numbers[$0.file] ?? 0) })
    self.totalSize = json["metadata"]?["total_size"]?.integer
  }

  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
  }
}
