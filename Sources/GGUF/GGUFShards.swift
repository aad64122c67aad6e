internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What the metadata of one file says of its place in a split model (GGUF-20).
struct SplitPlace {
  static let numberKey: ByteString = "split.no"
  static let countKey: ByteString = "split.count"
  static let tensorsKey: ByteString = "split.tensors.count"
  static let keys = [numberKey, countKey, tensorsKey]

  let number: Int
  let count: Int
  let tensors: Int

  /// Nil where the file says nothing of a split.
  init?(_ header: GGUFHeader, in name: String) throws(FormatError) {
    guard header.metadata[Self.countKey] != nil else { return nil }
    let count = try Self.integer(Self.countKey, header, upTo: 65_535, in: name)
    self.count = count
    guard count > 1 else {
      self.number = 0
      self.tensors = header.entries.count
      return
    }
    self.number = try Self.integer(Self.numberKey, header, upTo: count - 1, in: name)
    self.tensors = try Self.integer(Self.tensorsKey, header, upTo: Int(Int32.max), in: name)
  }

  private static func integer(
    _ key: ByteString, _ header: GGUFHeader, upTo limit: Int, in name: String
  ) throws(FormatError) -> Int {
    guard let value = header.metadata[key]?.integer, (0...limit).contains(value) else {
      throw FormatError(
        .invalidValue, "metadata '\(key)' must be an integer from 0 to \(limit)", in: name)
    }
    return value
  }
}

/// `<prefix>-00001-of-00003.gguf` (GGUF-19).
package struct ShardName: Hashable, Sendable {
  /// What stands before the numbers.
  package let prefix: String
  /// Which part it is, from 0.
  package let index: Int
  /// How many parts there are.
  package let count: Int

  /// Names a part.
  package init(prefix: String, index: Int, count: Int) {
    self.prefix = prefix
    self.index = index
    self.count = count
  }

  /// Takes a file name apart; nil where it is not the name of a part.
  package init?(_ name: String) {
    let suffix = ".gguf"
    guard name.hasSuffix(suffix) else { return nil }
    let stem = Array(name.dropLast(suffix.count).utf8)
    guard stem.count >= 15, stem[stem.count - 15] == UInt8(ascii: "-"),
      stem[(stem.count - 9)..<(stem.count - 5)].elementsEqual("-of-".utf8),
      let number = Self.number(stem[(stem.count - 14)..<(stem.count - 9)]),
      let count = Self.number(stem[(stem.count - 5)...]), number >= 1, number <= count
    else { return nil }
    self.prefix = String(decoding: stem[..<(stem.count - 15)], as: UTF8.self)
    self.index = number - 1
    self.count = count
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// The name of the file.
  package var name: String { "\(prefix)-\(Self.padded(index + 1))-of-\(Self.padded(count)).gguf" }

  /// The name of another part of the same model.
  package func part(_ index: Int) -> ShardName {
    ShardName(prefix: prefix, index: index, count: count)
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}

extension GGUF {
  /// Opens all parts of a split model, given one of them (GGUF-21).
  static func openShards(
    _ header: GGUFHeader, at place: SplitPlace, named file: String, in tree: any FileTree,
    limits: ReadLimits
  ) throws(FormatError) -> Model {
    guard let name = ShardName(file), name.index == place.number, name.count == place.count else {
      throw FormatError(
        .invalidValue,
        "this is part \(place.number + 1) of \(place.count), so its name must end in "
          + ShardName(prefix: "", index: place.number, count: place.count).name,
        in: header.source.name,
        hint: "give the parts back the names they had: the others are found by them")
    }
    guard place.count <= limits.files else {
      throw FormatError(
        .limitExceeded, "\(place.count) parts; at most \(limits.files) are allowed",
        in: header.source.name)
    }
    let sources = try openParts(name, given: header.source, in: tree)
    var headers: [GGUFHeader] = []
    for (index, source) in sources.enumerated() {
      headers.append(
        index == place.number ? header : try GGUFHeader(source, limits: limits))
    }
    return try assemble(headers, as: place)
  }

  private static func openParts(
    _ name: ShardName, given: any ByteSource, in tree: any FileTree
  ) throws(FormatError) -> [any ByteSource] {
    var sources: [any ByteSource] = []
    var missing: [String] = []
    for index in 0..<name.count {
      if index == name.index {
        sources.append(given)
      } else if let source = try? tree.open(name.part(index).name) {
        sources.append(source)
      } else {
        missing.append(name.part(index).name)
      }
    }
    guard missing.isEmpty else {
      let listed = missing.prefix(5).joined(separator: ", ")
      let rest = missing.count > 5 ? " and \(missing.count - 5) more" : ""
      throw FormatError(
        .missingFile,
        "\(missing.count) of \(name.count) parts are missing or cannot be opened: \(listed)\(rest)",
        in: given.name, hint: "all parts must lie in one folder under their own names")
    }
    return sources
  }

  private static func assemble(
    _ headers: [GGUFHeader], as place: SplitPlace
  ) throws(FormatError) -> Model {
    guard let first = headers.first else { preconditionFailure("a split model has parts") }
    var model = Model(origin: origin(first, files: headers.map(\.file)), metadata: first.metadata)
    var names = Set<ByteString>()
    for (index, header) in headers.enumerated() {
      try check(header, is: index, of: place)
      for tensor in header.tensors(file: index) {
        guard names.insert(tensor.name).inserted else {
          throw FormatError(
            .duplicateName, "tensor '\(tensor.name)' is in an earlier part as well",
            in: header.source.name)
        }
        model.tensors.append(tensor)
      }
      model.problems += header.problems
      if index > 0 { model.problems += strayMetadata(of: header, beside: first.metadata) }
    }
    guard model.tensors.count == place.tensors else {
      throw FormatError(
        .invalidValue,
        "the parts hold \(model.tensors.count) tensors, and 'split.tensors.count' says "
          + "\(place.tensors)", in: first.source.name)
    }
    for key in SplitPlace.keys { model.metadata[key] = nil }
    return model
  }

  private static func check(
    _ header: GGUFHeader, is index: Int, of place: SplitPlace
  ) throws(FormatError) {
    guard let own = try SplitPlace(header, in: header.source.name), own.number == index,
      own.count == place.count, own.tensors == place.tensors
    else {
      throw FormatError(
        .invalidValue,
        "by its name this is part \(index + 1) of \(place.count), by its metadata it is not",
        in: header.source.name, hint: "the parts of different models were mixed, or renamed")
    }
  }

  /// Only the first part carries the metadata; what another one says besides is not used.
  private static func strayMetadata(
    of header: GGUFHeader, beside first: Metadata
  ) -> [Diagnostic] {
    header.metadata.entries.compactMap { entry in
      guard !SplitPlace.keys.contains(entry.key), entry.key != alignmentKey,
        first[entry.key] != entry.value
      else { return nil }
      return Diagnostic(
        .warning, "shard-metadata", at: entry.key.text,
        "\(header.source.name) has this key, and the first part has not the same")
    }
  }
}
