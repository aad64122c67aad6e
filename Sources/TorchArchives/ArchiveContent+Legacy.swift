internal import WeighbridgeByteIO

extension ArchiveContent {
  /// Reads a legacy archive (torch 0.2 to 1.5; PT-7): pickles, then storages one after another.
  init(legacy source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    var machine = PickleMachine(source, limits: limits)
    guard case .largeInteger(ArchiveKind.legacyMagic) = try machine.run() else {
      throw FormatError(
        .notThisFormat, "a pickle, but not of PyTorch's legacy archive", in: source.name)
    }
    let version = try machine.run()
    guard version.integer == 1001 else {
      throw FormatError(
        .unsupportedVersion, "a legacy archive of an unknown version", in: source.name)
    }
    let system = try machine.run()
    let isLittle = machine.heap.entries(system)?.last { $0.key.text == "little_endian" }?.value
    let order: ByteOrder = isLittle?.bool == false ? .big : .little
    self.source = source
    self.version = "1001"
    self.byteOrder = order
    self.root = try machine.run()
    let keys = try machine.run()
    self.heap = machine.heap
    let start = machine.position
    self.storages = try Self.storages(
      machine.heap, keys, in: source, from: start, byteOrder: order, limits: limits)
  }

  /// Walks over the storages: for each key, in order, a count of elements and the elements.
  private static func storages(
    _ heap: PickleHeap, _ keys: PickleValue, in source: any ByteSource, from start: UInt64,
    byteOrder: ByteOrder, limits: ReadLimits
  ) throws(FormatError) -> [ByteString: ByteExtent] {
    var references: [ByteString: StorageReference] = [:]
    for reference in heap.storages where references[reference.key] == nil {
      references[reference.key] = reference
    }
    var reader = ByteReader(source, at: start, byteOrder: byteOrder, limits: limits)
    var storages: [ByteString: ByteExtent] = [:]
    for value in heap.elements(keys) ?? [] {
      guard let key = value.text ?? value.integer.map({ ByteString("\($0)") }),
        let reference = references[key]
      else { throw reader.fault(.invalidValue, "a storage that no tensor refers to") }
      let place = reader.position
      let count = try reader.read(UInt64.self, "the size of a storage")
      guard count == UInt64(reference.count) else {
        throw reader.fault(
          .invalidValue,
          "a storage of \(count) elements, which the pickle counts as "
            + "\(reference.count)", at: place)
      }
      let width = UInt64(reference.type?.byteCount ?? 1)
      let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
      guard !overflow,
        let extent = ByteExtent(
          offset: reader.position, byteCount: bytes, within: source.byteCount)
      else {
        throw reader.fault(
          .truncated,
          "a storage of \(count) elements of \(width) bytes, with "
            + "\(reader.remaining) bytes left", at: place)
      }
      guard storages.updateValue(extent, forKey: key) == nil else {
        throw reader.fault(.duplicateName, "a storage occurs twice", at: place)
      }
      try reader.skip(bytes)
    }
    return storages
  }
}
