/// Numbers that look random, the same in every run: SplitMix64.
package struct Random: Sendable {
  private var state: UInt64

  /// Begins a sequence.
  package init(state: UInt64) { self.state = state }

  /// From -1 to 1.
  package mutating func next() -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    return Float(bits >> 40) / Float(1 << 23) - 1
  }
}
