import CWeighbridgeKernels
import TestSupport
import WeighbridgeEncodings

/// Rows that are the same on every machine: integers and powers of two only.
///
/// The kind of a row changes from row to row: heavy tails, zeros, a constant, ties, denormals, huge
/// values, one sign, sparse; zeros of both signs, alone and with ones between them, where asked for.
enum Samples {
  /// All kinds.
  static let everyKind = Array(0...10)

  static func rows(
    _ count: Int, length: Int, seed: UInt64 = 1, kinds: [Int] = Array(0...8)
  ) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var values = [Float]()
    values.reserveCapacity(count * length)
    for row in 0..<count {
      for column in 0..<length {
        values.append(value(kind: kinds[row % kinds.count], column: column, bits: generator.next()))
      }
    }
    return values
  }

  private static func value(kind: Int, column: Int, bits: UInt64) -> Float {
    let mantissa = Float(Int(bits & 0xffff) - 32768)
    let exponent = Int((bits >> 16) % 7)
    let heavy = scaled(mantissa, -15 - exponent)
    switch kind {
    case 1: return 0
    case 2: return column / 32 % 3 == 0 ? -1.5 : 0.375
    case 3: return Float(Int(bits & 31) - 16) / 8
    case 4: return scaled(heavy, -130)
    case 5: return scaled(heavy, 100)
    case 6: return abs(heavy) + 0.0078125
    case 7: return (bits >> 40) & 3 == 0 ? heavy : 0
    case 8: return -abs(heavy) - 0.5
    case 9: return bits & 1 == 0 ? 0 : -0.0
    case 10: return (bits >> 50) & 3 == 0 ? heavy : bits & 1 == 0 ? 0 : -0.0
    default: return heavy
    }
  }

  private static func scaled(_ value: Float, _ exponent: Int) -> Float {
    Float(sign: .plus, exponent: exponent / 2, significand: 1)
      * (value * Float(sign: .plus, exponent: exponent - exponent / 2, significand: 1))
  }

  /// Importance of each column: even, or uneven with zeros among them.
  static func importance(_ length: Int, seed: UInt64 = 2) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<length).map { _ in
      let bits = generator.next()
      return (bits >> 20) & 7 == 0 ? 0 : Float(bits & 1023) / 1024
    }
  }

  /// The standard vector of round-trip bounds (ENC-8): 4,096 values of a bell shape, −2 … 2.
  static let standard: [Float] = {
    var generator = SeededGenerator(seed: 0)
    return (0..<4096).map { _ in
      let bits = generator.next()
      let sum = (0..<4).reduce(0) { $0 + Int((bits >> (16 * UInt64($1))) & 0xffff) }
      return Float(sum - 131072) / 65536
    }
  }()
}

extension Encoding.Encoder {
  /// Encodes into a new array.
  func encoded(_ floats: [Float], rowLength: Int, importance: [Float]? = nil) -> [UInt8] {
    var bytes = [UInt8](
      repeating: 0, count: floats.count / encoding.elementsPerBlock * encoding.bytesPerBlock)
    var target = bytes.mutableSpan
    var raw = unsafe target.mutableBytes
    if let importance {
      encode(floats.span, rowLength: rowLength, importance: importance.span, into: &raw)
    } else {
      encode(floats.span, rowLength: rowLength, importance: nil, into: &raw)
    }
    return bytes
  }
}

extension Encoding {
  /// Encodes into a new array.
  func encoded(_ floats: [Float], rowLength: Int, importance: [Float]? = nil) -> [UInt8] {
    encoder?.encoded(floats, rowLength: rowLength, importance: importance) ?? []
  }

  /// Decodes into a new array.
  func decoded(_ bytes: [UInt8]) -> [Float] {
    guard let decoder else { return [] }
    var floats = [Float](repeating: 0, count: bytes.count / bytesPerBlock * elementsPerBlock)
    var target = floats.mutableSpan
    decoder.decode(unsafe bytes.span.bytes, into: &target)
    return floats
  }
}

/// Runs a body at every level of the CPU that this machine has, the highest last.
func atEveryLevel(_ body: (Int32) throws -> Void) rethrows {
  defer { wb_cpu_set_level(wb_cpu_highest_level()) }
  for level in 0...wb_cpu_highest_level() {
    wb_cpu_set_level(level)
    try body(level)
  }
}
