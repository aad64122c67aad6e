package import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension ImportanceSums {
  /// Reads the older format (`.dat`): counted records of name, calls and sums.
  ///
  /// It has no signature, so try it where a file is no GGUF. Counts are calls: windows of text.
  package init(
    legacy source: any ByteSource, path: String, limits: ReadLimits = .default
  ) throws(ConversionError) {
    let content: Content
    do throws(FormatError) {
      var reader = ByteReader(source, limits: limits)
      content = try Self.parse(&reader)
    } catch { throw ConversionError(error) }
    try self.init(
      path: path, entries: content.entries, datasets: content.datasets,
      chunkCount: content.chunkCount, chunkSize: 0, isLegacy: true)
  }

  private struct Content {
    var entries: [Entry] = []
    var datasets: [ByteString] = []
    var chunkCount = 0
  }

  private static func parse(_ reader: inout ByteReader) throws(FormatError) -> Content {
    var content = Content()
    let count = try Self.count(&reader, "the number of entries", minimumSize: 16)
    guard count > 0 else { throw reader.fault(.invalidValue, "there are no entries", at: 0) }
    var names: Set<ByteString> = []
    for _ in 0..<count {
      let start = reader.position
      let length = try Self.count(&reader, "the length of a name", minimumSize: 1)
      let name = ByteString(try reader.readBytes(UInt64(length), "a name"))
      guard names.insert(name).inserted else {
        throw reader.fault(.duplicateName, "the entry '\(name)' occurs twice", at: start)
      }
      let calls = try reader.read(Int32.self, "the calls of '\(name)'")
      let width = try Self.count(&reader, "the number of values of '\(name)'", minimumSize: 4)
      var sums: [Float] = []
      sums.reserveCapacity(width)
      for _ in 0..<width { sums.append(try reader.readFloat("a value of '\(name)'")) }
      guard let entry = Entry(name: name, sums: sums, counts: [Int(calls)]) else {
        throw reader.fault(.invalidValue, "'\(name)' has no values")
      }
      content.entries.append(entry)
    }
    if reader.remaining >= 4 {
      content.chunkCount = Int(max(0, try reader.read(Int32.self, "the number of chunks")))
      if reader.remaining >= 4 {
        let length = try Self.count(&reader, "the length of the dataset's name", minimumSize: 1)
        let name = try reader.readBytes(UInt64(length), "the dataset's name")
        if !name.isEmpty { content.datasets = [ByteString(name)] }
      }
    }
    return content
  }

  private static func count(
    _ reader: inout ByteReader, _ what: String, minimumSize: UInt64
  ) throws(FormatError) -> Int {
    try reader.readCount(
      as: UInt32.self, minimumSize: minimumSize, limit: UInt64(Int32.max), what)
  }
}
