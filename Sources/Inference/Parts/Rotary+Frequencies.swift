internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Rotary {
  /// Radians for each position, one for each pair, for a text of some length.
  func frequencies(length: Int) -> [Double] {
    if case .given(let frequencies) = scaling { return frequencies.values(length: length) }
    let plain = RotaryFrequencies.plain(base: Double(base), width: width)
    switch scaling {
    case .none, .given: return plain
    case .linear(let factor): return plain.map { $0 / Double(factor) }
    case .factors(let factors): return zip(plain, factors).map { $0 / Double($1) }
    case .yarn(let factor, let context, let fast, let slow, let rounds):
      return stretched(
        plain, by: Double(factor), context: Double(context), fast: Double(fast),
        slow: Double(slow), rounds: rounds)
    }
  }

  private func stretched(
    _ plain: [Double], by factor: Double, context: Double, fast: Double, slow: Double, rounds: Bool
  ) -> [Double] {
    // The pair that turns `turns` times within the original context.
    func pair(_ turns: Double) -> Double {
      Double(width) * log(context / (turns * 2 * Double.pi)) / (2 * log(Double(base)))
    }
    let low = max(0, rounds ? floor(pair(fast)) : pair(fast))
    let high = min(Double(width - 1), rounds ? ceil(pair(slow)) : pair(slow))
    return plain.enumerated().map { index, frequency in
      let ramp = min(1, max(0, (Double(index) - low) / max(0.001, high - low)))
      return frequency / factor * ramp + frequency * (1 - ramp)
    }
  }

  /// Up to which length texts have the same frequencies; nil where all have.
  var lengthLimit: Int? {
    if case .given(let frequencies) = scaling { frequencies.lengthLimit } else { nil }
  }

  /// A rotation that a configuration describes, of the pairs of another.
  init(
    _ setting: RotarySetting, like old: Rotary?, pairing: DecoderTraits.Pairing = .halves
  ) {
    self.init(
      pairing: old?.pairing ?? pairing, width: 2 * setting.frequencies.pairs,
      base: old?.base ?? 10_000, scaling: .given(setting.frequencies),
      magnitude: setting.magnitude)
  }

  /// Where two rotations turn by other angles.
  func difference(to new: Rotary) -> ConfigurationGap.Extent? {
    guard pairing == new.pairing, width == new.width else { return .everywhere }
    guard abs(magnitude - new.magnitude) <= 1e-5 * abs(magnitude),
      Self.areClose(frequencies(length: 1), new.frequencies(length: 1))
    else { return .everywhere }
    guard let limit = new.lengthLimit else { return nil }
    let longer = 2 * limit + 1
    return Self.areClose(frequencies(length: longer), new.frequencies(length: longer))
      ? nil : .beyond(limit)
  }

  private static func areClose(_ left: [Double], _ right: [Double]) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy { one, other in
        // What turns by less than a float can tell in any text stands still.
        let largest = max(abs(one), abs(other))
        return abs(one - other) <= 1e-5 * largest || largest < 1e-16
      }
  }
}
