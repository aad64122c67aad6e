package import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The safetensors container: one file, or shards with an index.
///
/// The rules that the names `ST-1` and so on stand for are in `Specs/safetensors.md`.
package enum Safetensors: WritableModelFormat {
  /// What to call it.
  package static let name = "safetensors"

  static let metadataKey: ByteString = "__metadata__"
  /// Bytes in front of the header: its length.
  static let lengthBytes: UInt64 = 8
  /// The end of an index file's name; what stands before it is the prefix of the shards' names.
  static let indexSuffix = ".safetensors.index.json"

  /// Whether the bytes are of this format; see `ModelFormat`.
  ///
  /// Both a file of tensors and an index of shards are.
  package static func recognizes(_ prefix: [UInt8], in source: any ByteSource) -> Bool {
    isIndex(prefix) || isFile(prefix)
  }

  /// A length below 2⁴⁰, then the start of a JSON object.
  static func isFile(_ prefix: [UInt8]) -> Bool {
    guard prefix.count > 8, prefix[5..<8].allSatisfy({ $0 == 0 }) else { return false }
    return prefix.dropFirst(8).first { !isSpace($0) } == UInt8(ascii: "{")
  }

  static func isIndex(_ prefix: [UInt8]) -> Bool {
    guard prefix.first(where: { !isSpace($0) }) == UInt8(ascii: "{") else { return false }
    let key = Array("\"weight_map\"".utf8)
    return prefix.indices.contains { prefix[$0...].starts(with: key) }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  /// Reads the headers; see `ModelFormat`.
  ///
  /// `file` may be a file of tensors, an index, or one shard: its index is then looked for beside it.
  package static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    let source: any ByteSource
    let prefix: [UInt8]
    do {
      source = try tree.open(file)
      prefix = try source.readPrefix(4096)
    } catch { throw FormatError(error) }
    if isIndex(prefix) {
      return try openShards(ShardIndex(source, limits: limits), in: tree, limits: limits)
    }
    if let index = try ShardIndex(of: file, in: tree, limits: limits) {
      return try openShards(index, in: tree, limits: limits)
    }
    let shards = NumberedShards(of: file, in: tree)
    if let shards, shards.isComplete {
      return try openNumbered(shards, in: tree, limits: limits)
    }
    let header = try SafetensorsHeader(source, limits: limits)
    var model = Model(
      origin: ModelOrigin(format: name, kind: .tensors, files: [header.file]),
      metadata: header.metadata,
      tensors: header.tensors(file: 0), problems: header.problems)
    if let shards { model.problems.append(shards.single(source.name)) }
    return model
  }
}
