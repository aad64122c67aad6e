/// Numbers that depend on a seed alone.
struct SmallGenerator {
  private var state: UInt64

  init(seed: UInt32) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// A number below `limit`, which is positive.
  mutating func next(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(limit))
  }
}

/// How files of a form are changed so that they stay near it.
enum Mutation {
  /// Little-endian numbers between names and bytes: GGUF, GGML, zip, imatrix.
  case binary
  /// Words, numbers and brackets: JSON, YAML, headers.
  case text
  /// Blocks of 512 bytes whose headers have checksums, which are made right again.
  case tar

  /// Numbers at which arithmetic goes wrong.
  private static let numbers: [UInt64] = [
    0, 1, 2, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
    0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 40, 1 << 61, 1 << 62, (1 << 62) + 1,
    UInt64(Int64.max), 1 << 63, .max, .max - 1, .max - 31,
  ]

  func change(_ bytes: inout [UInt8], limit: Int, _ generator: inout SmallGenerator) {
    guard bytes.count >= 8 else { return }
    switch self {
    case .binary: Self.changeNumber(&bytes, limit, &generator)
    case .text: Self.changeWord(&bytes, limit, &generator)
    case .tar:
      if generator.next(2) == 0 {
        Self.changeWord(&bytes, limit, &generator)
      } else {
        Self.changeNumber(&bytes, limit, &generator)
      }
      Self.correctChecksums(&bytes)
    }
  }

  private static func changeNumber(
    _ bytes: inout [UInt8], _ limit: Int, _ generator: inout SmallGenerator
  ) {
    let width = [1, 2, 4, 8][generator.next(4)]
    let place = generator.next(bytes.count - width + 1)
    switch generator.next(5) {
    case 0: moveRange(&bytes, limit, &generator)
    case 1:
      // A number near the one that is there.
      var value: UInt64 = 0
      for byte in 0..<width { value |= UInt64(bytes[place + byte]) << UInt64(8 * byte) }
      value = value &+ UInt64(generator.next(5)) &- 2
      store(value, width, &bytes, place)
    case 2: store(UInt64(bytes.count), width, &bytes, place)
    default: store(numbers[generator.next(numbers.count)], width, &bytes, place)
    }
  }

  private static func store(_ value: UInt64, _ width: Int, _ bytes: inout [UInt8], _ place: Int) {
    for byte in 0..<width {
      bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
    }
  }

  /// Writes a piece twice, leaves one out, or exchanges two.
  private static func moveRange(
    _ bytes: inout [UInt8], _ limit: Int, _ generator: inout SmallGenerator
  ) {
    let start = generator.next(bytes.count)
    let end = min(bytes.count, start + 1 + generator.next(64))
    let piece = Array(bytes[start..<end])
    switch generator.next(3) {
    case 0 where bytes.count + piece.count <= limit:
      bytes.insert(contentsOf: piece, at: generator.next(bytes.count + 1))
    case 1 where bytes.count - piece.count >= 8: bytes.removeSubrange(start..<end)
    default:
      let other = generator.next(bytes.count - piece.count + 1)
      bytes.replaceSubrange(other..<other + piece.count, with: piece)
    }
  }

  /// Puts another number where one stands, or moves a piece of text.
  private static func changeWord(
    _ bytes: inout [UInt8], _ limit: Int, _ generator: inout SmallGenerator
  ) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let start = generator.next(bytes.count)
    guard generator.next(3) > 0, let first = bytes[start...].firstIndex(where: isDigit) else {
      return moveRange(&bytes, limit, &generator)
    }
    let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    let words = ["-1", "1e308", "1e999", "0.5", "null", "[]", "{}", "\"a\"", "true"]
    let choice = generator.next(numbers.count + words.count)
    let text = choice < numbers.count ? "\(numbers[choice])" : words[choice - numbers.count]
    guard bytes.count + text.utf8.count <= limit else { return }
    bytes.replaceSubrange(first..<end, with: text.utf8)
  }

  private static func correctChecksums(_ bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count - 511, by: 512)
    where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
      var sum = 8 * 32
      for place in start..<start + 512 where !(148..<156).contains(place - start) {
        sum += Int(bytes[place])
      }
      let digits = String(sum, radix: 8)
      let field = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
      bytes.replaceSubrange(start + 148..<start + 156, with: field.utf8)
    }
  }
}
