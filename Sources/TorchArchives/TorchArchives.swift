package import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
package import WeighbridgeModelIR

/// PyTorch checkpoints: `.bin`, `.pt` and `.pth` files, their index, and Meta's sets of parts.
///
/// The pickle in a checkpoint is a program; here only the instructions that rebuild tensors are
/// understood, and everything else is an error that names it. The rules that the names `PT-1` and so
/// on stand for are in `Specs/pytorch.md`.
package enum TorchArchives: ModelFormat {
  /// What to call it.
  package static let name = "PyTorch"

  /// Bytes by which an archive is recognised.
  static let prefixBytes = 4096

  /// Whether the bytes are of this format; see `ModelFormat`.
  ///
  /// An index of shards is one as well, where it names files that are not safetensors: try this format
  /// before safetensors.
  package static func recognizes(_ prefix: [UInt8], in source: any ByteSource) -> Bool {
    switch ArchiveKind(prefix) {
    case .zip:
      if ArchiveKind.beginsWithPickle(prefix) { return true }
      let directory = try? ZipDirectory(source, limits: .default)
      return directory?.entries.contains { ArchiveContent.isPickle($0.name) } ?? false
    case .legacy, .tar: return true
    case nil: return TorchIndex.recognizes(prefix)
    }
  }

  /// Reads pickles and directories; see `ModelFormat`.
  ///
  /// `file` may be an archive, an index (`pytorch_model.bin.index.json`), one shard, whose index is
  /// then looked for beside it, or one of Meta's parts (`consolidated.00.pth`), whose siblings are.
  package static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    let (source, prefix) = try Self.source(file, in: tree)
    if TorchIndex.recognizes(prefix) {
      return try openShards(TorchIndex(source, limits: limits), in: tree, limits: limits)
    }
    if let index = try TorchIndex(of: file, in: tree, limits: limits) {
      return try openShards(index, in: tree, limits: limits)
    }
    let parts = try ConsolidatedParts.names(of: file, in: tree, limit: limits.files)
    if parts.count > 1 { return try openParts(parts, in: tree, limits: limits) }
    let shards = NumberedShards(of: file, in: tree)
    if let shards, shards.isComplete {
      return try openNumbered(shards, in: tree, limits: limits)
    }
    let archive = try open(source, prefix, number: 0, limits: limits)
    var model = Model(
      origin: ModelOrigin(
        format: name, kind: .tensors, version: archive.version, byteOrder: archive.byteOrder,
        files: [archive.originFile]),
      tensors: archive.tensors, problems: archive.problems)
    if let shards { model.problems.append(shards.single(source.name)) }
    return model
  }

  /// The file to open in a folder of these names that holds no safetensors; nil where no name is one
  /// that PyTorch's programs give.
  ///
  /// As in transformers, the whole file comes before an index, which may be left from other shards.
  package static func mainFile(among names: [String]) -> String? {
    let present = Set(names)
    let known = [
      "pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth",
      "consolidated.pth", "model.pt", "model.pth", "adapter_model.bin",
    ]
    if let name = known.first(where: { present.contains($0) }) { return name }
    // Shards without an index, beside an optimizer's state or none.
    return names.filter { ShardNumber($0)?.prefix == "pytorch_model" }.min()
  }

  static func source(
    _ file: String, in tree: any FileTree
  ) throws(FormatError) -> (source: any ByteSource, prefix: [UInt8]) {
    do {
      let source = try tree.open(file)
      return (source, try source.readPrefix(prefixBytes))
    } catch { throw FormatError(error) }
  }

  static func open(
    _ source: any ByteSource, _ prefix: [UInt8], number: Int, limits: ReadLimits
  ) throws(FormatError) -> TorchFile {
    switch ArchiveKind(prefix) {
    case .zip, .legacy:
      return try TorchFile(source, prefix: prefix, number: number, limits: limits)
    case .tar:
      throw FormatError(
        .unsupportedVersion, "a checkpoint of torch 0.1 (a tar archive)", in: source.name,
        hint: "load it with a torch of that time and save it again")
    case nil:
      throw FormatError(.notThisFormat, "not a PyTorch checkpoint", in: source.name, at: 0)
    }
  }
}

/// The archives that PyTorch has written over time.
enum ArchiveKind {
  /// Torch 1.6 and later.
  case zip
  /// Torch 0.2 to 1.5: pickles with the storages behind them.
  case legacy
  /// Torch 0.1.
  case tar

  /// The number that a legacy archive begins with, 0x1950A86A20F9469CFC6C, as a pickle has it.
  static let legacyMagic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  /// Looks at the first bytes of a file.
  init?(_ prefix: [UInt8]) {
    if prefix.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if Self.isLegacy(prefix) {
      self = .legacy
    } else if Self.isTar(prefix) {
      self = .tar
    } else {
      return nil
    }
  }

  /// A pickle whose first value is the magic number, within a frame from protocol 4 on.
  private static func isLegacy(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 24, prefix[0] == 0x80, (2...5).contains(prefix[1]) else { return false }
    let start = prefix[2] == 0x95 ? 11 : 2
    return prefix[start...].starts(with: [0x8A, 0x0A] + legacyMagic)
  }

  private static func isTar(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 512, prefix[257...].starts(with: Array("ustar".utf8)) else {
      return false
    }
    let name = String(decoding: prefix[..<100].prefix { $0 != 0 }, as: UTF8.self)
    return ["sys_info", "pickle", "storages", "tensors"].contains(name)
  }

  /// Whether the first file of a zip archive is the pickle, as torch writes them.
  static func beginsWithPickle(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 30 else { return false }
    let count = Int(prefix.littleEndian(at: 26, bytes: 2))
    return ArchiveContent.isPickle(ByteString(Array(prefix.dropFirst(30).prefix(count))))
  }
}
