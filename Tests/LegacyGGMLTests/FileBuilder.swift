import WeighbridgeByteIO
import WeighbridgeEncodings

@testable import WeighbridgeLegacyGGML

/// Writes files of 2023 byte by byte, from a layout and sizes of the test's choice.
struct FileBuilder {
  let layout: LegacyLayout
  var container: LegacyContainer
  var values: [String: UInt32] = [
    "n_vocab": 5, "n_embd": 32, "n_mult": 32, "n_head": 4, "n_head_kv": 1, "n_layer": 2,
    "n_rot": 8, "n_ctx": 16, "ftype": 0, "n_audio_layer": 2, "n_text_layer": 1,
    "n_bpe_merges": 2, "n_falcon_type": 7, "n_intermediate": 64, "data_type": 0,
  ]
  /// ggml's type id of every matrix, and the bytes of 32 elements.
  var type: UInt32 = 0
  var bytesPerRow = 128
  var tokens: [[UInt8]] = ["a", "bc", "", "def", " "].map { Array($0.utf8) }

  private(set) var bytes: [UInt8] = []
  /// Offsets at which a record, or the first one's header, starts.
  private(set) var boundaries: [Int] = []

  init(_ layout: LegacyLayout, _ container: LegacyContainer? = nil) {
    self.layout = layout
    self.container = container ?? layout.containers[0]
  }

  mutating func append(_ value: UInt32) {
    for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))) }
  }

  mutating func append(raw: [UInt8]) { bytes += raw }

  mutating func append(text: [UInt8]) {
    append(UInt32(text.count))
    bytes += text
  }

  /// Magic, version, fields and vocabulary.
  mutating func writeHeader() {
    bytes = []
    boundaries = []
    if container.kind != .bare { bytes += Array(container.kind.rawValue.utf8).reversed() }
    if let version = container.version { append(version) }
    for field in layout.fields { write(field) }
    writeVocabulary()
  }

  private mutating func write(_ field: LegacyLayout.Field) {
    switch field {
    case .integer(let name): append(values[name, default: 3])
    case .float: append(Float(8).bitPattern)
    case .text(let name): append(text: Array(name.utf8))
    case .matrix:
      append(2)
      append(3)
      for index in 0..<6 { append(Float(index).bitPattern) }
    case .vector(_, let count):
      append(values[count, default: 3])
      for index in 0..<values[count, default: 3] { append(Float(index).bitPattern) }
    case .integers(_, let count):
      for index in 0..<values[count, default: 3] { append(index) }
    }
  }

  private mutating func writeVocabulary() {
    let scored: Bool
    switch layout.vocabulary {
    case .none: return
    case .plain: scored = false
    case .counted:
      scored = false
      append(UInt32(tokens.count))
    case .scored, .scoredThenMerges: scored = true
    }
    for (index, token) in tokens.enumerated() {
      append(text: token)
      if scored { append((-Float(index)).bitPattern) }
    }
    if case .scoredThenMerges = layout.vocabulary {
      append(2)
      for text in ["a", "b", "c", "d"] { append(text: Array(text.utf8)) }
    }
  }

  /// One record; the data counts up from `seed`.
  mutating func writeTensor(_ name: String, _ ne: [UInt32], type: UInt32, byteCount: Int, seed: Int)
  {
    boundaries.append(bytes.count)
    append(UInt32(ne.count))
    append(UInt32(name.utf8.count))
    append(type)
    for size in ne { append(size) }
    bytes += Array(name.utf8)
    while bytes.count % Int(container.alignment) != 0 { bytes.append(0) }
    for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: seed &* 31 &+ index &* 7)) }
  }

  /// All names that the layout demands.
  var names: [String] {
    var names = layout.required
    for group in layout.layers {
      for layer in 0..<Int(values[group.count] ?? 0) {
        names += group.required.map { LegacyNames.name($0, layer: layer) }
      }
    }
    if names.isEmpty { names = layout.prefixes.map { $0 + "0" } }
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }
  }

  /// A whole file: vectors of 32 floats, matrices of two rows.
  mutating func writeAll() -> [UInt8] {
    writeHeader()
    for (index, name) in names.enumerated() {
      if name.hasSuffix("bias") || name.hasSuffix("/b") || name.contains("norm") {
        writeTensor(name, [32], type: 0, byteCount: 128, seed: index)
      } else {
        writeTensor(name, [32, 2], type: type, byteCount: 2 * bytesPerRow, seed: index)
      }
    }
    return bytes
  }
}

/// Opens bytes as a file.
func open(_ bytes: [UInt8], limits: ReadLimits = .default) throws(FormatError) -> LegacyFile {
  try LegacyFile(MemorySource(bytes), limits: limits)
}
