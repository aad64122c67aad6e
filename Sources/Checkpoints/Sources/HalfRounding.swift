/// What rounding scales to half precision costs.
struct HalfRounding: Hashable, Sendable {
  /// The largest relative error.
  private(set) var largestError: Float = 0
  /// Whether half precision can hold them all.
  private(set) var isFinite = true

  /// Looks at a scale.
  mutating func add(_ value: Float) {
    let half = Float(Float16(value))
    guard half.isFinite else { return isFinite = false }
    if half != value { largestError = max(largestError, abs(half - value) / abs(value)) }
  }
}
