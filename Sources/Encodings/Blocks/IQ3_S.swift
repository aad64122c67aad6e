internal import CWeighbridgeKernels

/// 256 elements: groups of 4 from a codebook of 512, 3.44 bits.
package enum IQ3_S: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ3_S", elementsPerBlock: 256, bytesPerBlock: 110,
    ggufType: 21, roundTripBound: 0.084)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq3_s_decode, encode: wb_iq3_s_encode)
  }
}

/// Errata E-1: ggml stores the codes and signs behind a zero sub-block one place early.
extension IQ3_S: AmendableEncoding {
  /// Every sub-block's codes and signs at their own place.
  package enum InPlace: KernelQuantizableEncoding {
    /// Blocks are read as all others.
    package static let traits = IQ3_S.traits

    /// The C loops.
    package static var kernels: BlockKernels {
      unsafe BlockKernels(decode: wb_iq3_s_decode, encode: wb_iq3_s_in_place_encode)
    }
  }

  /// The encoder without the slip.
  package static var amended: any QuantizableEncoding.Type { InPlace.self }

  /// Super-blocks in which a sub-block of 32 zeros comes before one that is not zero.
  package static func misencodedBlocks(in floats: Span<Float>) -> Int {
    let size = traits.elementsPerBlock
    var count = 0
    for start in stride(from: 0, to: floats.count - size + 1, by: size) {
      var hasGap = false
      for sub in stride(from: start, to: start + size, by: 32) {
        var bits: UInt32 = 0
        for index in sub..<sub + 32 { bits |= floats[index].bitPattern }
        let isZero = bits & 0x7FFF_FFFF == 0
        if isZero {
          hasGap = true
        } else if hasGap {
          count += 1
          break
        }
      }
    }
    return count
  }
}
