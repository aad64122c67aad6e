internal import WeighbridgeArchitectures

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Cosine and sine of every position and pair, computed in double precision.
struct RotaryTable: Sendable {
  /// The cosines, [positions, width / 2].
  let cosine: Matrix
  /// The sines, [positions, width / 2].
  let sine: Matrix
  /// Which elements form a pair.
  let pairing: DecoderTraits.Pairing

  /// Number of positions.
  var positions: Int { cosine.rows }

  /// Computes the table for a text of some length.
  init(_ rotary: Rotary, positions: Int, length: Int) {
    let frequencies = rotary.frequencies(length: length)
    cosine = Matrix(rows: positions, columns: frequencies.count)
    sine = Matrix(rows: positions, columns: frequencies.count)
    pairing = rotary.pairing
    for (pair, frequency) in frequencies.enumerated() {
      for position in 0..<positions {
        let angle = Double(position) * frequency
        cosine[position, pair] = Float(cos(angle) * Double(rotary.magnitude))
        sine[position, pair] = Float(sin(angle) * Double(rotary.magnitude))
      }
    }
  }
}

/// How much each head's scores fall with distance: ALiBi's powers of two, for any number of heads.
func alibiSlopes(heads: Int, largest: Float) -> [Float] {
  var power = 1
  while power * 2 <= heads { power *= 2 }
  return (0..<heads).map { head in
    let exponent =
      head < power
      ? -Double(largest) / Double(power) * Double(head + 1)
      : -Double(largest) / 2 / Double(power) * Double(2 * (head - power) + 1)
    return Float(pow(2, exponent))
  }
}
