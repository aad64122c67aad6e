#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension RotaryFrequencies {
  /// base^(−2i/width) for every pair i; an odd width has a pair for its last element, too.
  package static func plain(base: Double, width: Int) -> [Double] {
    (0..<(width + 1) / 2).map { pow(base, -2 * Double($0) / Double(width)) }
  }

  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
