internal import CWeighbridgeKernels

/// An encoding whose blocks can hold integers of another program's grid, none of them changed.
///
/// What a block stands for is `levels · scale`, or `codes · scale + minimum`: so is what GPTQ and its
/// kin store, for groups of inputs. The integers move as they are; the scale becomes a half.
@safe package struct GridForm: Sendable {
  /// How a block keeps a zero point.
  package enum Zero: Hashable, Sendable {
    /// Not at all: levels are codes less their zero point, and have a sign.
    case none
    /// As a half, −zero · scale, which is rounded.
    case minimum
    /// As an integer, so that nothing is rounded.
    case integer
  }

  /// The encoding.
  package let encoding: Encoding
  /// The integers that fit: levels, or codes where there is a zero point.
  package let range: ClosedRange<Int>
  /// How a zero point is kept.
  package let zero: Zero
  /// The zero points that fit; 0 alone where there is none.
  package let zeros: ClosedRange<Int>
  private let loop: wb_hold_fn

  private init(
    _ encoding: Encoding, _ range: ClosedRange<Int>, _ zero: Zero,
    zeros: ClosedRange<Int> = 0...0, _ loop: @escaping wb_hold_fn
  ) {
    self.encoding = encoding
    self.range = range
    self.zero = zero
    self.zeros = zeros
    unsafe self.loop = loop
  }

  /// All forms, the smallest first; of equals, that which needs the fewest neighbours to share a scale.
  ///
  /// TQ1_0 is last: its trits are slow to read, so it is for those who ask for it.
  package static let all: [GridForm] = [
    unsafe GridForm(.tq2_0, -1...1, .none, wb_tq2_0_hold),
    unsafe GridForm(.q2_0, -1...2, .none, wb_q2_0_hold),
    unsafe GridForm(.q2_K, 0...3, .integer, zeros: 0...15, wb_q2_k_hold),
    unsafe GridForm(.q3_K, -4...3, .none, wb_q3_k_hold),
    unsafe GridForm(.q4_0, -8...7, .none, wb_q4_0_hold),
    unsafe GridForm(.q4_K, 0...15, .integer, zeros: 0...63, wb_q4_k_hold),
    unsafe GridForm(.q4_1, 0...15, .minimum, zeros: Int.min...Int.max, wb_q4_1_hold),
    unsafe GridForm(.q5_0, -16...15, .none, wb_q5_0_hold),
    unsafe GridForm(.q5_K, 0...31, .integer, zeros: 0...63, wb_q5_k_hold),
    unsafe GridForm(.q5_1, 0...31, .minimum, zeros: Int.min...Int.max, wb_q5_1_hold),
    unsafe GridForm(.q6_K, -32...31, .none, wb_q6_k_hold),
    unsafe GridForm(.q8_0, -128...127, .none, wb_q8_0_hold),
    unsafe GridForm(.tq1_0, -1...1, .none, wb_tq1_0_hold),
  ]

  /// Codes of E2M1 from 0 to 15; a block's scale is the byte of its power of two.
  package static let mxfp4 = unsafe GridForm(.mxfp4, 0...15, .none, wb_mxfp4_hold)
  /// Codes of E2M1 from 0 to 15; a block's four scales are bytes of E4M3, two in `scales` and two in
  /// `zeros`.
  package static let nvfp4 = unsafe GridForm(.nvfp4, 0...15, .none, wb_nvfp4_hold)

  /// Whether every code fits, whichever of these zero points it has.
  package func holds(codes: ClosedRange<Int>, zeros given: ClosedRange<Int>) -> Bool {
    guard zero == .none else {
      return codes.lowerBound >= range.lowerBound && codes.upperBound <= range.upperBound
        && zeros.contains(given.lowerBound) && zeros.contains(given.upperBound)
    }
    return codes.lowerBound - given.upperBound >= range.lowerBound
      && codes.upperBound - given.lowerBound <= range.upperBound
  }

  /// Makes whole blocks.
  ///
  /// There is a scale and a zero for each; integers out of range, and sizes that do not match, are a
  /// bug of the caller.
  package func store(
    _ levels: Span<Int8>, scales: Span<UInt16>, zeros: Span<UInt16>,
    into output: inout MutableRawSpan
  ) {
    let count = levels.count / encoding.elementsPerBlock
    precondition(levels.count == count * encoding.elementsPerBlock, "part of a block")
    precondition(scales.count == count && zeros.count == count, "scales of another number")
    precondition(output.byteCount == count * encoding.bytesPerBlock, "output of another size")
    unsafe levels.withUnsafeBufferPointer { levels in
      unsafe scales.withUnsafeBufferPointer { scales in
        unsafe zeros.withUnsafeBufferPointer { zeros in
          unsafe output.withUnsafeMutableBytes { target in
            guard let from = levels.baseAddress, let to = target.baseAddress,
              let scale = scales.baseAddress, let zero = zeros.baseAddress
            else { return }
            unsafe loop(from, count, scale, zero, to)
          }
        }
      }
    }
  }
}
