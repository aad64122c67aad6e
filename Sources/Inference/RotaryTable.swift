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

  /// Computes the table.
  init(_ rotary: Rotary, positions: Int) {
    let pairs = rotary.width / 2
    cosine = Matrix(rows: positions, columns: pairs)
    sine = Matrix(rows: positions, columns: pairs)
    pairing = rotary.pairing
    for pair in 0..<pairs {
      let frequency = RotaryTable.frequency(rotary, pair: pair)
      for position in 0..<positions {
        let angle = Double(position) * frequency
        cosine[position, pair] = Float(cos(angle) * Double(rotary.magnitude))
        sine[position, pair] = Float(sin(angle) * Double(rotary.magnitude))
      }
    }
  }

  private static func frequency(_ rotary: Rotary, pair: Int) -> Double {
    let base = Double(rotary.base)
    let plain = pow(base, -2 * Double(pair) / Double(rotary.width))
    switch rotary.scaling {
    case .none: return plain
    case .linear(let factor): return plain / Double(factor)
    case .factors(let factors): return plain / Double(factors[pair])
    case .yarn(let factor, let context, let fast, let slow, let rounds):
      // The pair that turns `turns` times within the original context.
      func pairOf(_ turns: Float) -> Double {
        Double(rotary.width) * log(Double(context) / (Double(turns) * 2 * Double.pi))
          / (2 * log(base))
      }
      let low = max(0, rounds ? floor(pairOf(fast)) : pairOf(fast))
      let high = min(
        Double(rotary.width - 1), rounds ? ceil(pairOf(slow)) : pairOf(slow))
      let ramp = (Double(pair) - low) / max(0.001, high - low)
      let stretched = min(1, max(0, ramp))
      return plain / Double(factor) * stretched + plain * (1 - stretched)
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
