/// What rounding scales to half precision costs.
struct HalfRounding: Hashable, Sendable {
  /// The largest relative error; of numbers below 2⁻¹⁴, the error by that.
  private(set) var largestError: Float = 0
  /// Whether half precision can hold them all.
  private(set) var isFinite = true

  /// Looks at a scale.
  mutating func add(_ value: Float) {
    let half = Float(Float16(value))
    guard half.isFinite else { return isFinite = false }
    // Below the smallest normal half, 2⁻¹⁴, what counts is how far that is from nothing.
    if half != value {
      largestError = max(largestError, abs(half - value) / max(abs(value), 0x1p-14))
    }
  }
}
