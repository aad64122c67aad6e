internal import CWeighbridgeKernels

/// The right encoder of an encoding whose reference encoder, that of llama.cpp, is known to be wrong
/// for some blocks.
///
/// `Encoding.encoder` gives the reference's bytes all the same, as exactness is defined by them.
package struct Amendment: Sendable {
  let codec: Codec
  private let count: @Sendable (Span<Float>) -> Int

  private init(_ codec: Codec, misencodedBlocks: @escaping @Sendable (Span<Float>) -> Int) {
    self.codec = codec
    self.count = misencodedBlocks
  }

  /// The encoder that is right for every block, and equal to the reference's where that one is.
  func encoder(of encoding: Encoding) -> Encoding.Encoder? { Encoding.Encoder(encoding, codec) }

  /// How many blocks of these floats the reference's encoder gets wrong; `floats` are whole blocks.
  package func misencodedBlocks(in floats: Span<Float>) -> Int { count(floats) }
}

extension Encoding {
  /// The encoder that is right for every block: the amended one where there is one.
  package var rightEncoder: Encoder? { amendment?.encoder(of: self) ?? encoder }
}

extension Amendment {
  /// Errata E-1: ggml stores the codes and signs behind a zero sub-block one place early.
  ///
  /// (ggml-quants.c, `quantize_row_iq3_s_impl`: a sub-block without a scale is skipped before `qs` and
  /// `signs` advance.) The amended encoder puts every sub-block's codes and signs at their own place.
  static let iq3_S = unsafe Amendment(Codec(wb_iq3_s_decode, wb_iq3_s_in_place_encode)) { floats in
    let size = 256
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
