/// Magnitudes of many floats at once.
enum Magnitudes {
  /// Whether the magnitude of any is at least `limit`.
  ///
  /// Without branches in the loop, so that it runs at the speed of memory.
  static func reach(_ limit: Float, in floats: Span<Float>) -> Bool {
    let threshold = Int32(bitPattern: limit.bitPattern)
    var found: Int32 = 0
    for index in floats.indices {
      let magnitude = Int32(bitPattern: floats[index].bitPattern & 0x7FFF_FFFF)
      // The sign bit appears where the magnitude's bits are at least the threshold's.
      found |= (threshold &- 1) &- magnitude
    }
    return found < 0
  }
}
