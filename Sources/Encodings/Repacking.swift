internal import CWeighbridgeKernels

/// How the codes of an old encoding fit a block of today as they are.
///
/// What changes is the order of the codes and the width of the scales, so the result is exact but for
/// the rounding of the scales to half precision.
@safe package struct Repacking: Sendable {
  /// What the codes fit into.
  package let target: Encoding
  private let loop: wb_repack_fn

  init(to target: Encoding, _ loop: @escaping wb_repack_fn) {
    self.target = target
    unsafe self.loop = loop
  }

  /// Moves whole blocks of `source`, whose repacking this is, and says what rounding the scales cost.
  ///
  /// Sizes that do not match trap.
  package func repack(
    _ blocks: RawSpan, of source: Encoding, into output: inout MutableRawSpan
  ) -> ScaleError {
    let count = blocks.byteCount / source.bytesPerBlock
    let perBlock = source.elementsPerBlock / target.elementsPerBlock
    precondition(blocks.byteCount == count * source.bytesPerBlock, "part of a block")
    precondition(
      output.byteCount == count * perBlock * target.bytesPerBlock, "output of another size")
    return unsafe blocks.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else {
          return ScaleError()
        }
        let error = unsafe loop(from, count, to)
        return ScaleError(relative: error.relative, absolute: error.absolute)
      }
    }
  }
}

/// What rounding scales to half precision cost.
package struct ScaleError: Hashable, Sendable {
  /// The largest relative error of a scale that is a normal half: at most 2⁻¹¹.
  ///
  /// Infinite where half precision cannot hold a scale.
  package var relative: Float
  /// The largest absolute error of a scale below 2⁻¹⁴, the smallest normal half: at most 2⁻²⁵.
  package var absolute: Float

  /// Describes a cost; none by default.
  package init(relative: Float = 0, absolute: Float = 0) {
    self.relative = relative
    self.absolute = absolute
  }
}
