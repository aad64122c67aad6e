import TestSupport
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeTorchArchives

/// The files of `Fixtures/torch` and what PyTorch said of them when it wrote them.
enum TorchFixtures {
  struct Facts: Equatable {
    let name: String
    let encoding: String
    let shape: [Int]
    let sha256: String
  }

  /// PyTorch's names of types, and ours.
  static let encodings = [
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64",
    "int32": "I32", "int16": "I16", "int8": "I8", "uint8": "U8", "uint16": "U16",
    "uint32": "U32", "uint64": "U64", "bool": "BOOL", "complex64": "C64",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ", "float8_e8m0fnu": "F8_E8M0",
  ]

  /// The expected tensors of every file.
  static func expected() throws -> [(file: String, tensors: [Facts])] {
    let source = try FileSource(path: SharedData.fixture("torch/expected.json"))
    let files = try JSONValue.read(source).object?.members ?? []
    return files.map { file in
      (
        file.key.text,
        (file.value.array ?? []).map { tensor in
          Facts(
            name: tensor["name"]?.text ?? "?",
            encoding: encodings[tensor["dtype"]?.text ?? ""] ?? "?",
            shape: (tensor["shape"]?.array ?? []).compactMap(\.integer),
            sha256: tensor["sha256"]?.text ?? "?")
        }
      )
    }
  }

  static func open(_ file: String) throws -> Model {
    let tree = SingleFileTree(path: SharedData.fixture("torch/" + file))
    return try TorchArchives.open(tree.names[0], in: tree, limits: .default)
  }

  /// What a model's tensors are, read `step` rows at a time.
  static func facts(_ model: Model, step: Int) throws -> [Facts] {
    try model.tensors.map { tensor in
      var hash = SHA256()
      let rows = tensor.layout.rowCount
      for first in stride(from: 0, to: rows, by: step) {
        hash.update(try tensor.payload.readBytes(rows: first..<min(first + step, rows)))
      }
      return Facts(
        name: tensor.name.text, encoding: tensor.layout.encoding.name,
        shape: tensor.layout.shape.dimensions, sha256: hash.finalize().hexadecimal)
    }
  }

  static func bytes(_ file: String) throws -> [UInt8] {
    let source = try FileSource(path: SharedData.fixture("torch/" + file))
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  /// Opens bytes and reads every tensor; the error where there is one.
  static func fault(_ bytes: [UInt8]) -> FormatError? {
    do {
      let tree = MemoryTree(["x.pt": bytes], name: "x.pt")
      let model = try TorchArchives.open("x.pt", in: tree, limits: .default)
      for tensor in model.tensors where tensor.layout.byteCount < 1 << 24 {
        _ = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
      }
      return nil
    } catch { return error }
  }
}

/// Writes zip archives of stored files, right or wrong.
struct ZipBuilder {
  struct Entry {
    var name: String
    var bytes: [UInt8]
    /// Where its record in the directory says it is, if not where it is.
    var offset: UInt32?
    /// The size that both headers give, if not the right one.
    var size: UInt32?
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var localName: String?
  }

  var entries: [Entry] = []
  /// Bytes between the directory and its end record.
  var gap = 0
  var comment: [UInt8] = []

  static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  func build() -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = UInt32(file.count)
      let size = entry.size ?? UInt32(entry.bytes.count)
      let fields =
        Self.number(entry.flags) + Self.number(entry.method) + Self.number(UInt32(0))
        + Self.number(UInt32(0)) + Self.number(size) + Self.number(size)
      let local = entry.localName ?? entry.name
      file += [0x50, 0x4B, 3, 4, 20, 0] + fields + Self.number(UInt16(local.utf8.count)) + [0, 0]
      file += Array(local.utf8) + entry.bytes
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + fields
      directory += Self.number(UInt16(entry.name.utf8.count)) + [UInt8](repeating: 0, count: 12)
      directory += Self.number(entry.offset ?? offset) + Array(entry.name.utf8)
    }
    let start = UInt32(file.count)
    file += directory + [UInt8](repeating: 0, count: gap)
    let count = Self.number(UInt16(entries.count))
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    file += Self.number(UInt32(directory.count)) + Self.number(start)
    return file + Self.number(UInt16(comment.count)) + comment
  }

  /// An archive of one pickle and its storages.
  init(pickle: [UInt8], storages: [[UInt8]] = []) {
    entries = [Entry(name: "x/data.pkl", bytes: pickle)]
    for (index, bytes) in storages.enumerated() {
      entries.append(Entry(name: "x/data/\(index)", bytes: bytes))
    }
  }
}

/// Writes pickles by hand.
struct PickleBuilder {
  var bytes: [UInt8] = [0x80, 2]

  static func text(_ text: String) -> [UInt8] {
    [0x58] + ZipBuilder.number(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    [0x63] + Array((module + "\n" + name + "\n").utf8)
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + ZipBuilder.number(Int64(value)) }

  static func tuple(_ values: [Int]) -> [UInt8] {
    [0x28] + values.flatMap { integer($0) } + [0x74]
  }

  /// A float tensor of storage 0.
  static func tensor(
    count: Int, offset: Int = 0, size: [Int], stride: [Int], key: String = "0"
  ) -> [UInt8] {
    global("torch._utils", "_rebuild_tensor_v2") + [0x28, 0x28] + text("storage")
      + global("torch", "FloatStorage") + text(key) + text("cpu") + integer(count) + [0x74, 0x51]
      + integer(offset) + tuple(size) + tuple(stride) + [0x89, 0x4E, 0x74, 0x52]
  }

  /// A dictionary of one value.
  static func dictionary(_ key: String = "w", _ value: [UInt8]) -> [UInt8] {
    [0x80, 2, 0x7D] + text(key) + value + [0x73, 0x2E]
  }
}
