internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What an archive holds: the unpickled value, and where its storages are.
struct ArchiveContent {
  let root: PickleValue
  let heap: PickleHeap
  let version: String
  let byteOrder: ByteOrder
  var problems: [Diagnostic] = []
  let source: any ByteSource
  /// The bytes of each storage by its key.
  let storages: [ByteString: ByteExtent]

  /// The bytes of a storage that the pickle refers to, proven to hold what the reference says.
  func extent(_ place: Int) throws(FormatError) -> ByteExtent {
    let reference = heap.storages[place]
    let name = PickleMachine.display(reference.key)
    guard let whole = storages[reference.key] else {
      throw FormatError(.truncated, "storage '\(name)' is not in the archive", in: source.name)
    }
    let width = UInt64(reference.type?.byteCount ?? 1)
    let (bytes, overflow) = UInt64(reference.count).multipliedReportingOverflow(by: width)
    guard !overflow, bytes <= whole.byteCount else {
      throw FormatError(
        .truncated,
        "storage '\(name)' has \(whole.byteCount) bytes in the archive, and "
          + "the pickle counts \(reference.count) elements of \(width) bytes", in: source.name,
        at: whole.offset)
    }
    let view = reference.view ?? 0..<reference.count
    guard
      let extent = whole.slice(
        offset: UInt64(view.lowerBound) * width, byteCount: UInt64(view.count) * width)
    else {
      throw FormatError(
        .truncated, "a view of storage '\(name)' leaves it", in: source.name, at: whole.offset)
    }
    return extent
  }
}

extension ArchiveContent {
  /// Reads a zip archive (torch 1.6 and later; PT-1 to PT-6).
  init(zip source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    let directory = try ZipDirectory(source, limits: limits)
    let pickle = try Self.pickle(of: directory, in: source)
    let folder = pickle.name.bytes.dropLast("data.pkl".utf8.count)
    func entry(_ name: String) -> ZipEntry? { directory[ByteString(folder + Array(name.utf8))] }
    if entry("constants.pkl") != nil {
      throw FormatError(
        .unsafeContent, "a TorchScript program, not a checkpoint of tensors", in: source.name,
        hint: "save the tensors alone: torch.save(model.state_dict(), …)")
    }
    self.source = source
    self.version = try Self.text(entry("version"), in: source) ?? ""
    switch try Self.text(entry("byteorder"), in: source) {
    case nil, "little": self.byteOrder = .little
    case "big": self.byteOrder = .big
    case .some(let other):
      throw FormatError(
        .invalidValue, "the byte order is '\(PickleMachine.display(ByteString(other)))'",
        in: source.name)
    }
    let part = SliceSource(
      source, pickle.extent, name: source.name + " (\(PickleMachine.display(pickle.name)))")
    var machine = PickleMachine(part, limits: limits)
    self.root = try machine.run()
    self.heap = machine.heap
    let prefix = ByteString(folder + Array("data/".utf8))
    var storages: [ByteString: ByteExtent] = [:]
    for entry in directory.entries where entry.name.hasPrefix(prefix) {
      guard entry.method == 0 else { throw Self.compressed(entry, in: source) }
      storages[ByteString(Array(entry.name.bytes.dropFirst(prefix.count)))] = entry.extent
    }
    self.storages = storages
  }

  /// The one `data.pkl` of an archive, at the top or one folder down.
  private static func pickle(
    of directory: ZipDirectory, in source: any ByteSource
  ) throws(FormatError) -> ZipEntry {
    let candidates = directory.entries.filter { isPickle($0.name) }
    guard let entry = candidates.first else {
      throw FormatError(
        .notThisFormat, "a zip archive without a data.pkl: not a PyTorch checkpoint",
        in: source.name)
    }
    guard candidates.count == 1 else {
      throw FormatError(
        .duplicateName, "the archive has \(candidates.count) files data.pkl", in: source.name)
    }
    guard entry.method == 0 else { throw compressed(entry, in: source) }
    return entry
  }

  /// Whether a path is that of the pickle of an archive.
  static func isPickle(_ name: ByteString) -> Bool {
    let parts = name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.last?.elementsEqual("data.pkl".utf8) == true
  }

  private static func compressed(_ entry: ZipEntry, in source: any ByteSource) -> FormatError {
    FormatError(
      .unsupportedEncoding,
      "'\(PickleMachine.display(entry.name))' is compressed (zip method "
        + "\(entry.method)); PyTorch stores its files as they are", in: source.name,
      at: entry.extent.offset, hint: "pack the archive again without compression (zip -0)")
  }

  /// A short text file of the archive, without the line feed at its end.
  private static func text(
    _ entry: ZipEntry?, in source: any ByteSource
  ) throws(FormatError) -> String? {
    guard let entry else { return nil }
    guard entry.method == 0, entry.extent.byteCount <= 64 else {
      throw FormatError(
        .invalidValue, "'\(PickleMachine.display(entry.name))' is not a short text",
        in: source.name, at: entry.extent.offset)
    }
    do {
      let bytes = try source.readBytes(
        at: entry.extent.offset, count: Int(entry.extent.byteCount))
      return PickleMachine.display(ByteString(bytes.filter { $0 > 0x20 }))
    } catch { throw FormatError(error) }
  }
}
