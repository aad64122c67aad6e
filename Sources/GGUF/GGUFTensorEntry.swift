internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A line of the tensor table, as it is in the file.
struct GGUFTensorEntry {
  let name: ByteString
  /// Innermost first, as in the file.
  let dimensions: [UInt64]
  let type: UInt32
  /// Relative to the start of the tensor data.
  let offset: UInt64
  /// Where the line is in the file, for messages.
  let place: UInt64
}

extension GGUFParser {
  /// Reads the tensor table (GGUF-12, GGUF-13).
  mutating func tensorTable(_ count: Int) throws(FormatError) -> [GGUFTensorEntry] {
    var entries: [GGUFTensorEntry] = []
    entries.reserveCapacity(count)
    var names = Set<ByteString>(minimumCapacity: count)
    for index in 0..<count {
      let place = reader.position
      let name = try string("the name of tensor \(index)")
      guard name.count <= GGUF.maximumNameBytes else {
        throw reader.fault(
          .limitExceeded,
          "the name of tensor \(index) has \(name.count) bytes; at most "
            + "\(GGUF.maximumNameBytes) are allowed", at: place)
      }
      guard names.insert(name).inserted else {
        throw reader.fault(.duplicateName, "two tensors are named '\(name)'", at: place)
      }
      do {
        entries.append(try tensorEntry(name, at: place))
      } catch { throw error.about("tensor '\(name)'") }
    }
    return entries
  }

  private mutating func tensorEntry(
    _ name: ByteString, at place: UInt64
  ) throws(FormatError) -> GGUFTensorEntry {
    let start = reader.position
    let count = try reader.read(UInt32.self, "the number of dimensions")
    guard count <= UInt32(GGUF.maximumDimensions) else {
      throw reader.fault(
        .limitExceeded, "\(count) dimensions; at most \(GGUF.maximumDimensions) are allowed",
        at: start)
    }
    var dimensions: [UInt64] = []
    for _ in 0..<count {
      let dimension =
        version == 1
        ? UInt64(try reader.read(UInt32.self, "a dimension"))
        : try reader.read(UInt64.self, "a dimension")
      dimensions.append(dimension)
    }
    return GGUFTensorEntry(
      name: name, dimensions: dimensions, type: try reader.read(UInt32.self, "the type"),
      offset: try reader.read(UInt64.self, "the offset"), place: place)
  }
}
