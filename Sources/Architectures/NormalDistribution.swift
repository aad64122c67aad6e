#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How many standard deviations above the mean a part of a normal distribution ends.
///
/// The steps are PyTorch's in single precision, `Normal.icdf`: √2 × erf⁻¹(2p − 1), the inverse
/// correctly rounded.
func normalQuantile(_ probability: Double) -> Float {
  let value = 2 * Float(probability) - 1
  return Float(inverseErrorFunction(Double(value))) * Float(Double(2).squareRoot())
}

/// The shortest probability whose quantile is a number.
func normalProbability(_ quantile: Float) -> Double {
  guard quantile.isFinite else { return quantile > 0 ? 1 : 0 }
  let exact = (1 + erf(Double(quantile) / Double(2).squareRoot())) / 2
  for digits in 1..<17 {
    let power = pow(10, Double(digits))
    let rounded = (exact * power).rounded() / power
    if normalQuantile(rounded) == quantile { return rounded }
  }
  return exact
}

/// The number whose error function is `value`, from −1 to 1.
private func inverseErrorFunction(_ value: Double) -> Double {
  guard abs(value) < 1 else { return value > 0 ? .infinity : -.infinity }
  // A guess good to two digits (Winitzki), then Halley's steps, which triple them.
  let logarithm = log(1 - value * value)
  let part = 2 / (Double.pi * 0.147) + logarithm / 2
  let root = (part * part - logarithm / 0.147).squareRoot() - part
  var x = value < 0 ? -root.squareRoot() : root.squareRoot()
  for _ in 0..<4 {
    let error = erf(x) - value
    let slope = 2 / Double.pi.squareRoot() * exp(-x * x)
    guard slope > 0 else { break }
    x -= error / (slope + x * error)
  }
  return x
}
