import Synchronization
import TestSupport
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// Golden files and what tests compare with them.
enum Golden {
  /// A parsed golden file of the repository.
  static func fixture(_ name: String) throws -> JSONValue {
    try JSONValue.read(FileSource(path: SharedData.fixture("golden/\(name)")))
  }

  /// The small Llama, as a checkpoint.
  static func checkpoint() throws -> Model {
    try Formats.open(path: SharedData.fixture("models/jargon-llama"))
  }

  /// The same as an F16 GGUF, without a file.
  static func half() throws -> Model {
    var options = ConversionOptions(recipe: .f16)
    options.canonical.name = "Llama"
    return try Converter.plan(checkpoint(), options).model
  }

  /// Whether every encoding that a golden result names can be written.
  static func isWritable(_ names: some Sequence<String?>) -> Bool {
    names.allSatisfy { name in
      Encoding.named(name ?? "")?.encoder != nil
    }
  }

  /// The SHA-256 of a tensor's bytes, read `rows` at a time.
  static func digest(_ tensor: Tensor, rows step: Int = 64) throws -> String {
    var running = SHA256()
    for start in stride(from: 0, to: tensor.layout.rowCount, by: step) {
      let end = min(start + step, tensor.layout.rowCount)
      running.update(try tensor.payload.readBytes(rows: start..<end))
    }
    return running.finalize().hexadecimal
  }

  /// GGUF's name of a value's type, as the golden files spell it.
  static func type(of value: MetadataValue) -> String {
    switch value {
    case .uint8: "UINT8"
    case .int8: "INT8"
    case .uint16: "UINT16"
    case .int16: "INT16"
    case .uint32: "UINT32"
    case .int32: "INT32"
    case .uint64: "UINT64"
    case .int64: "INT64"
    case .float32: "FLOAT32"
    case .float64: "FLOAT64"
    case .bool: "BOOL"
    case .string: "STRING"
    case .array(let array): "ARRAY/" + type(of: array)
    }
  }

  private static func type(of array: MetadataArray) -> String {
    switch array.element {
    case .uint8: "UINT8"
    case .int8: "INT8"
    case .uint16: "UINT16"
    case .int16: "INT16"
    case .uint32: "UINT32"
    case .int32: "INT32"
    case .uint64: "UINT64"
    case .int64: "INT64"
    case .float32: "FLOAT32"
    case .float64: "FLOAT64"
    case .bool: "BOOL"
    case .string: "STRING"
    case .array: "ARRAY"
    }
  }

  /// Whether a value is the one in a golden file; of long arrays there are a length and the first.
  static func matches(_ value: MetadataValue, _ golden: JSONValue) -> Bool {
    if case .array(let array) = value {
      guard let expected = golden.array ?? golden["head"]?.array,
        array.count == golden["len"]?.integer ?? expected.count
      else { return false }
      if let strings = array.strings {
        return strings.prefix(expected.count).map { JSONValue.string($0) } == expected
      }
      if let floats = array.floats {
        return zip(floats, expected).allSatisfy { Double($0) == $1.double }
      }
      if let integers = array.integers {
        return integers.prefix(expected.count).map { JSONValue.integer($0) } == expected
      }
      if let values = array.bools {
        return values.prefix(expected.count).map { JSONValue.bool($0) } == expected
      }
      return false
    }
    if let string = value.string { return golden.string == string }
    if let bool = value.bool { return golden.bool == bool }
    if case .float32(let float) = value { return golden.double.map { Float($0) } == float }
    return value.integer == golden.integer
  }
}

/// A file in memory.
final class MemorySink: PositionalSink {
  private let state: Mutex<[UInt8]>

  init(byteCount: UInt64) { state = Mutex([UInt8](repeating: 0, count: Int(byteCount))) }

  var bytes: [UInt8] { state.withLock { $0 } }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
    let array = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    state.withLock { $0.replaceSubrange(Int(offset)..<Int(offset) + array.count, with: array) }
  }
}
