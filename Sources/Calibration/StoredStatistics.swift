package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeInference
package import WeighbridgeModelIR

/// The statistics of a text that an earlier walk has collected into a file: Specs/calibration.md, CAL-60
/// and after.
///
/// Opening it reads the windows; moments are read when their layer's turn comes.
package struct StoredStatistics: Sendable {
  /// The version of the format.
  static let version = 1

  /// The file.
  package let path: String
  /// The digest of the model's tensors.
  package let digest: String
  /// What was collected: tokens weigh alike for `fast`.
  package let effort: Effort
  /// The names of the texts.
  package let texts: [ByteString]
  /// Windows that gave the statistics.
  package let windows: TokenWindows
  /// Windows that judge; nil where there are none.
  package let heldBack: TokenWindows?
  /// Why there are no gradients; nil where there are.
  package let obstacle: String?
  /// Matrices, and the tensor whose moments are theirs, too.
  let matrices: [(name: ByteString, base: ByteString)]
  let weighed: Set<ByteString>
  let tensors: [ByteString: Tensor]

  /// Whether a model opened from a GGUF file holds statistics.
  package static func recognizes(_ model: Model) -> Bool {
    model.metadata["general.type"]?.string == "calibration"
  }

  /// Reads what a file says of itself.
  package init(_ model: Model, path: String) throws(FormatError) {
    guard Self.recognizes(model) else {
      throw FormatError(
        .notThisFormat, "the file holds no statistics of a calibration", in: path,
        hint: "'weighbridge calibrate MODEL --text FILE -o STATS' collects them")
    }
    let metadata = model.metadata
    guard metadata["calibration.version"]?.integer == Self.version else {
      throw FormatError(
        .unsupportedVersion, "statistics of version \(Self.version) are expected", in: path)
    }
    guard let digest = metadata["calibration.model"]?.string?.text,
      let effort = metadata["calibration.effort"]?.string.flatMap({ Effort(rawValue: $0.text) }),
      let names = metadata["calibration.matrices"]?.array?.strings,
      let bases = metadata["calibration.moments"]?.array?.strings, names.count == bases.count,
      let held = metadata["calibration.held_back"]?.integer,
      let first = metadata["calibration.scored_from"]?.integer
    else {
      throw FormatError(
        .invalidValue, "a key 'calibration.…' is missing, or of another kind", in: path)
    }
    self.path = path
    self.digest = digest
    self.effort = effort
    texts = metadata["calibration.texts"]?.array?.strings ?? []
    obstacle = metadata["calibration.obstacle"]?.string?.text
    matrices = zip(names, bases).map { ($0, $1) }
    weighed = Set(metadata["calibration.weighed"]?.array?.strings ?? [])
    var tensors: [ByteString: Tensor] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor }
    self.tensors = tensors
    let all = try Self.windows(tensors["windows"], path)
    let context = all.first?.count ?? 0
    guard held >= 0, held < all.count, first >= 0, first < context - 1 else {
      throw FormatError(
        .invalidValue, "\(held) of \(all.count) windows are held back, or none is scored",
        in: path)
    }
    let scored = first..<context - 1
    windows = TokenWindows(windows: Array(all.dropLast(held)), scored: scored)
    heldBack = held == 0 ? nil : TokenWindows(windows: Array(all.suffix(held)), scored: scored)
  }

  private static func windows(_ tensor: Tensor?, _ path: String) throws(FormatError) -> [[Int32]] {
    guard let tensor, tensor.layout.encoding == .i32, tensor.layout.shape.dimensions.count == 2
    else {
      throw FormatError(.invalidValue, "'windows' is missing, or holds no tokens", in: path)
    }
    var result: [[Int32]] = []
    for row in 0..<tensor.layout.rowCount {
      var bytes = [UInt8](repeating: 0, count: tensor.layout.bytesPerRow)
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      try tensor.payload.read(rows: row..<row + 1, into: &raw)
      result.append(
        stride(from: 0, to: bytes.count, by: 4).map { place in
          Int32(truncatingIfNeeded: number(bytes, place, 4))
        })
    }
    return result
  }

  /// How the lower half of a matrix of so many columns lies in a tensor: all of it, without a gap.
  static func form(_ columns: Int) -> (rows: Int, columns: Int) {
    columns % 2 == 0 ? (columns + 1, columns / 2) : (columns, (columns + 1) / 2)
  }

  static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
  }
}

extension StoredStatistics {
  /// Throws where the statistics are those of another model, or less than an effort takes.
  package func check(_ digest: String, _ effort: Effort) throws(FormatError) {
    guard digest == self.digest else {
      throw FormatError(
        .digestMismatch,
        "these are the statistics of another model: its tensors have the digest "
          + "\(self.digest.prefix(16))…, and those of this model \(digest.prefix(16))…",
        in: path)
    }
    guard self.effort != .fast || effort == .fast else {
      throw FormatError(
        .invalidValue,
        "the statistics were collected with --effort fast, and are less than "
          + "\(effort.rawValue) takes", in: path,
        hint: "quantize with --effort fast, or calibrate again with --effort good")
    }
  }
}
