import CWeighbridgeKernels
import TestSupport
import Testing

/// Checksums and error sums beside plain computations, at every level of the CPU.
@Suite(.serialized) struct StreamingKernelTests {
  private static let keys: [UInt64] = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
  ]
  private static let step: UInt64 = 0xd1b5_4a32_d192_ed03

  private static func mixed(_ word: UInt64) -> UInt64 {
    var word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// Specs/journal.md, J-13 to J-15, word by word.
  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    var lanes = [UInt64](repeating: 0, count: 8)
    for (stripe, start) in stride(from: 0, to: bytes.count, by: 64).enumerated() {
      for lane in 0..<8 {
        var word: UInt64 = 0
        for byte in 0..<8 where start + lane * 8 + byte < bytes.count {
          word |= UInt64(bytes[start + lane * 8 + byte]) << (8 * UInt64(byte))
        }
        let keyed = word ^ (keys[lane] &+ UInt64(stripe) &* step)
        lanes[lane] &+= (keyed & 0xffff_ffff) &* (keyed >> 32) &+ (word << 32 | word >> 32)
      }
    }
    return zip(lanes, keys).reduce(mixed(UInt64(bytes.count) &+ step)) {
      mixed($0 ^ mixed($1.0 &+ $1.1))
    }
  }

  private static func atEveryLevel(_ body: () -> Void) {
    let before = wb_cpu_level()
    for level in 0...wb_cpu_highest_level() {
      wb_cpu_set_level(level)
      body()
    }
    wb_cpu_set_level(before)
  }

  @Test func checksumsAreThoseOfTheSpecification() {
    var generator = SeededGenerator(seed: 7)
    for count in [0, 1, 7, 8, 63, 64, 65, 128, 1000, 4096, 4097] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let expected = Self.checksum(bytes)
      Self.atEveryLevel {
        let own = unsafe bytes.withUnsafeBytes { unsafe wb_checksum($0.baseAddress, $0.count) }
        #expect(own == expected, "\(count) bytes")
      }
    }
  }

  @Test func everyChangeChangesTheChecksum() {
    let bytes = [UInt8](repeating: 0, count: 300)
    var seen: Set<UInt64> = [Self.checksum(bytes)]
    for place in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] = 1 << UInt8(bit)
        #expect(seen.insert(Self.checksum(changed)).inserted)
      }
    }
  }

  private struct Sums {
    var squaredError = 0.0, squares = 0.0, product = 0.0, weighted = 0.0, weights = 0.0,
      largest = 0.0
  }

  private static func plain(_ x: [Float], _ y: [Float], _ w: [Float]?, _ length: Int) -> Sums {
    var sums = Sums()
    for index in x.indices {
      let value = Double(x[index])
      let error = value - Double(y[index])
      sums.squaredError += error * error
      sums.squares += value * value
      sums.product += error * value
      sums.largest = max(sums.largest, abs(error))
      let weight = Double(w?[index % length] ?? 0)
      sums.weighted += weight * error * error
      sums.weights += weight * value * value
    }
    return sums
  }

  private static func kernel(
    _ x: [Float], _ y: [Float], _ w: [Float]?, _ length: Int
  ) -> WBErrorSums {
    var sums = WBErrorSums()
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeBufferPointer { y in
        guard let w else {
          unsafe wb_error_sums(x.baseAddress, y.baseAddress, x.count / length, length, nil, &sums)
          return
        }
        unsafe w.withUnsafeBufferPointer { w in
          unsafe wb_error_sums(
            x.baseAddress, y.baseAddress, x.count / length, length, w.baseAddress, &sums)
        }
      }
    }
    return sums
  }

  /// Ordinary, tiny (down to denormal) and huge numbers: single precision alone would lose the latter.
  @Test(arguments: [1, 1e-3, 1e-15, 1e-30, 1e-42, 1e12, 1e25] as [Double])
  func sumsEqualThoseInDoublePrecision(_ magnitude: Double) {
    let scale = Float(magnitude)
    var generator = SeededGenerator(seed: 11)
    for length in [32, 256, 512, 1000, 4096] {
      let x = (0..<length * 3).map { _ in Float.random(in: -1...1, using: &generator) * scale }
      let y = x.map { $0 * Float.random(in: 0.98...1.02, using: &generator) }
      let weights = (0..<length).map { _ in Float.random(in: 0...4, using: &generator) }
      for w in [nil, weights] {
        let expected = Self.plain(x, y, w, length)
        var first: WBErrorSums?
        Self.atEveryLevel {
          let sums = Self.kernel(x, y, w, length)
          for (own, other) in [
            (sums.squared_error, expected.squaredError), (sums.squares, expected.squares),
            (sums.weighted_error, expected.weighted), (sums.weighted_squares, expected.weights),
          ] { #expect(abs(own - other) <= 2e-6 * other, "\(own), not \(other)") }
          let bound = 2e-6 * (expected.squaredError * expected.squares).squareRoot()
          #expect(abs(sums.error_times_value - expected.product) <= bound)
          #expect(abs(sums.largest_error - expected.largest) <= 1e-6 * expected.largest)
          let before = first ?? sums
          #expect(before.squared_error == sums.squared_error && before.squares == sums.squares)
          #expect(before.error_times_value == sums.error_times_value)
          #expect(before.weighted_error == sums.weighted_error)
          first = sums
        }
      }
    }
  }
}
