internal import WeighbridgeEncodings

/// Numbers as integers times a scale, where rounding to a checkpoint's type is all that lies between.
///
/// Quantization-aware training and dequantized models leave such weights. A scale is an interval at
/// first, that in which the largest number is some integer; each further number narrows it to where it
/// is an integer, too. An ordinary weight leaves nothing of it after a few.
struct GridFit {
  /// What the numbers are rounded to.
  enum Precision: Hashable, Sendable {
    case bf16
    case f16
    case f32

    init?(_ encoding: Encoding) {
      switch encoding {
      case .bf16: self = .bf16
      case .f16: self = .f16
      case .f32: self = .f32
      default: return nil
      }
    }

    /// Half of the distance to the next number.
    func halfStep(_ value: Float) -> Float {
      guard value != 0 else { return 0 }
      let exponent = Int(value.exponent)
      switch self {
      case .bf16: return Self.power(exponent - 8)
      case .f16: return Self.power(max(exponent - 11, -25))
      case .f32: return Self.power(exponent - 24)
      }
    }

    private static func power(_ exponent: Int) -> Float {
      Float(sign: .plus, exponent: max(-148, exponent), significand: 1)
    }

    /// The number as it is stored.
    func rounded(_ value: Float) -> Float {
      switch self {
      case .f32: return value
      case .f16: return Float(Float16(value))
      case .bf16:
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
      }
    }
  }

  /// The integers, in the order of the numbers.
  var levels: [Int8]
  /// The scale, and what is added.
  var scale: Float16
  var minimum: Float16 = 0
  /// The relative distance of the scale from the nearest that gives every number back; 0 where it does.
  var scaleError: Float = 0
  /// Bits of evidence: how unlikely numbers at random would be to fit.
  var evidence: Float = 0

  /// Integers from `low` to `high` times a scale, the largest of which is `largest` in size; nil where
  /// the numbers are not such.
  static func symmetric(
    _ values: ArraySlice<Float>, _ precision: Precision, _ range: ClosedRange<Int>,
    largest: [Int]
  ) -> GridFit? {
    var peak: Float = 0
    for value in values where abs(value) > abs(peak) { peak = value }
    guard peak.isFinite else { return nil }
    guard peak != 0 else {
      return GridFit(levels: [Int8](repeating: 0, count: values.count), scale: 0)
    }
    // The small ones leave no doubt about their integers and narrow the scale for the large ones.
    let order = values.indices.sorted { abs(values[$0]) < abs(values[$1]) }
    for count in largest {
      // What only the negative end of the range reaches says which sign the scale has.
      let sign: Float = count > range.upperBound && peak > 0 ? -1 : 1
      if let fit = fit(values, order, precision, range, peak: abs(peak), count, sign) {
        return fit
      }
    }
    return nil
  }

  private static func fit(
    _ values: ArraySlice<Float>, _ order: [Int], _ precision: Precision,
    _ range: ClosedRange<Int>, peak: Float, _ count: Int, _ sign: Float
  ) -> GridFit? {
    let margin = precision.halfStep(peak)
    var (low, high) = ((peak - margin) / Float(count), (peak + margin) / Float(count))
    var fit = GridFit(levels: [Int8](repeating: 0, count: values.count), scale: 0)
    for index in order {
      let value = values[index] * sign
      let size = abs(value)
      let middle = (low + high) / 2
      let integer = (size / middle).rounded()
      let level = value < 0 ? -integer : integer
      guard level >= Float(range.lowerBound), level <= Float(range.upperBound) else { return nil }
      fit.levels[index - values.startIndex] = Int8(level)
      guard integer > 0 else {
        if size > 0 { return nil }
        continue
      }
      let margin = precision.halfStep(size)
      let reach = 2 * (margin + integer * (high - low) / 2) / middle
      if size < peak, reach < 1 { fit.evidence -= Float(Int(reach.exponent)) }
      low = max(low, (size - margin) / integer)
      high = min(high, (size + margin) / integer)
      guard low <= high else { return nil }
    }
    let middle = (low + high) / 2
    let half = Self.half(in: low...high)
    guard Float(half).isFinite, half != 0 else { return nil }
    fit.scale = sign < 0 ? -half : half
    let isExact = values.indices.allSatisfy {
      precision.rounded(Float(fit.levels[$0 - values.startIndex]) * Float(fit.scale)) == values[$0]
    }
    fit.scaleError = isExact ? 0 : max(abs(Float(half) - middle) / middle, 0x1p-24)
    return fit
  }

  /// A half in the interval; the nearest where there is none.
  private static func half(in interval: ClosedRange<Float>) -> Float16 {
    let middle = Float16((interval.lowerBound + interval.upperBound) / 2)
    return [middle, middle.nextUp, middle.nextDown].first { interval.contains(Float($0)) } ?? middle
  }

  /// Integers from 0 to 15 times a half plus a half, both ends in use: what Q4_1 makes of numbers.
  static func affine(_ values: ArraySlice<Float>, _ precision: Precision) -> GridFit? {
    guard let low = values.min(), let high = values.max(), low.isFinite, high.isFinite else {
      return nil
    }
    guard high > low else {
      let half = Float16(low)
      guard Float(half) == low else { return nil }
      return GridFit(levels: [Int8](repeating: 0, count: values.count), scale: 0, minimum: half)
    }
    let step = (high - low) / 15
    let margin = precision.halfStep(max(abs(low), abs(high)))
    // Where the type's own steps are not far below the grid's, every number lies on it.
    guard margin < step / 8 else { return nil }
    for value in values {
      let place = (value - low) / step
      if abs(place - place.rounded()) * step > 4 * margin + step / 64 { return nil }
    }
    let down = precision.halfStep(low)
    for minimum in halves(low - down, low + down) {
      let up = precision.halfStep(high)
      let (first, last) = (Float(minimum), high)
      for scale in halves((last - up - first) / 15, (last + up - first) / 15) where scale > 0 {
        if let fit = affine(values, precision, scale, minimum, step / margin) { return fit }
      }
    }
    return nil
  }

  private static func affine(
    _ values: ArraySlice<Float>, _ precision: Precision, _ scale: Float16, _ minimum: Float16,
    _ odds: Float
  ) -> GridFit? {
    var fit = GridFit(levels: [], scale: scale, minimum: minimum)
    fit.levels.reserveCapacity(values.count)
    for value in values {
      let level = ((value - Float(minimum)) / Float(scale)).rounded()
      guard (0...15).contains(level),
        precision.rounded(Float(scale) * level + Float(minimum)) == value
      else { return nil }
      fit.levels.append(Int8(level))
    }
    fit.evidence = Float(values.count - 2) * max(0, Float(Int(odds.exponent)) - 1)
    return fit
  }

  /// The halves of an interval, 64 at most; none where there are more.
  private static func halves(_ low: Float, _ high: Float) -> [Float16] {
    var result: [Float16] = []
    var half = Float16(low)
    if Float(half) < low { half = half.nextUp }
    while Float(half) <= high, half.isFinite {
      result.append(half)
      guard result.count <= 64 else { return [] }
      half = half.nextUp
    }
    return result
  }
}
