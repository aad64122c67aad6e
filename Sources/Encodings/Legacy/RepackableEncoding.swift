internal import CWeighbridgeKernels

/// An old encoding whose codes fit a block of today as they are.
///
/// What changes is the order of the codes and the width of the scales, so the result is exact but for
/// the rounding of the scales to half precision.
package protocol RepackableEncoding: DecodableEncoding {
  /// What the codes fit into.
  static var target: any QuantizableEncoding.Type { get }
  /// Moves whole blocks, and says what rounding the scales cost; sizes that do not match trap.
  static func repack(_ blocks: RawSpan, into output: inout MutableRawSpan) -> ScaleError
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

/// The C loop of a repackable encoding.
@safe package struct BlockRepacker: Sendable {
  let repack: wb_repack_fn

  init(_ repack: @escaping wb_repack_fn) {
    unsafe self.repack = repack
  }
}

/// An old encoding whose codes a C loop moves.
package protocol KernelRepackableEncoding: KernelDecodableEncoding, RepackableEncoding {
  /// The loop.
  static var repacker: BlockRepacker { get }
}

extension KernelRepackableEncoding {
  /// Moves whole blocks; see `RepackableEncoding`.
  package static func repack(_ blocks: RawSpan, into output: inout MutableRawSpan) -> ScaleError {
    let count = blocks.byteCount / traits.bytesPerBlock
    let perBlock = traits.elementsPerBlock / target.traits.elementsPerBlock
    precondition(blocks.byteCount == count * traits.bytesPerBlock, "part of a block")
    precondition(
      output.byteCount == count * perBlock * target.traits.bytesPerBlock, "output of another size")
    let repacker = repacker
    return unsafe blocks.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else {
          return ScaleError()
        }
        let error = unsafe repacker.repack(from, count, to)
        return ScaleError(relative: error.relative, absolute: error.absolute)
      }
    }
  }
}
