internal import CWeighbridgeZstd

/// How a frame is made.
package enum ZstdMethod: Hashable, Sendable {
  /// Matches and entropy coding: zstd's levels, 1 (fast) to 22.
  case level(Int)
  /// Entropy coding alone: bytes that do not repeat, but are not equally frequent.
  case huffman
  /// As it is, in a frame.
  case store

  /// What libzstd is told.
  ///
  /// Matches cannot be turned off; the fastest strategy with the longest steps finds next to none.
  /// Whether literals are coded is `ZSTD_c_literalCompressionMode`, which zstd.h calls
  /// `ZSTD_c_experimentalParam5` outside of its static part: 1 always, 2 never.
  var parameters: [(ZSTD_cParameter, Int32)] {
    switch self {
    case .level(let level): [(ZSTD_c_compressionLevel, Int32(clamping: level))]
    case .huffman: Self.withoutMatches + [(ZSTD_c_experimentalParam5, 1)]
    case .store: Self.withoutMatches + [(ZSTD_c_experimentalParam5, 2)]
    }
  }

  private static var withoutMatches: [(ZSTD_cParameter, Int32)] {
    [
      (ZSTD_c_compressionLevel, -100), (ZSTD_c_targetLength, 131_072), (ZSTD_c_minMatch, 7),
      (ZSTD_c_hashLog, 6),
    ]
  }
}
