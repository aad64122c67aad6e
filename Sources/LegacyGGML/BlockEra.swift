internal import WeighbridgeEncodings

/// When a file was written: the same type id has meant blocks of different layouts (GGML-12).
enum BlockEra: String, CaseIterable, Sendable {
  /// Until 17 March 2023: a row's scales before all its nibbles (GGML-18).
  case planes
  /// Until 12 May 2023: nibbles in pairs, scales in single precision.
  case pairs
  /// From 12 to 19 May 2023: nibbles as today, scales in single precision.
  case wide
  /// Since 19 May 2023: today's blocks, super-blocks of 256.
  case today
  /// The same with super-blocks of 64.
  case today64 = "today, super-blocks of 64"

  /// The encoding that a type id stands for; nil where the era had none by that id.
  func encoding(_ type: UInt32) -> Encoding? {
    switch (type, self == .planes ? .pairs : self) {
    case (0, _): .f32
    case (1, _): .f16
    case (2, .pairs): .q4_0_GGJT1
    case (2, .wide): .q4_0_GGJT2
    case (2, _): .q4_0
    case (3, .pairs): .q4_1_GGJT1
    case (3, .wide): .q4_1_GGJT2
    case (3, _): .q4_1
    case (4, .pairs): .q4_2
    case (5, .pairs): .q4_3
    case (6, .pairs): .q5_0_GGJT1
    case (6, _): .q5_0
    case (7, .pairs): .q5_1_GGJT1
    case (7, _): .q5_1
    case (8, .pairs), (8, .wide): .q8_0_GGJT1
    case (8, _): .q8_0
    case (10...14, .today): Encoding.gguf(type)
    case (10, .today64): .q2_K_64
    case (11, .today64): .q3_K_64
    case (12, .today64): .q4_K_64
    case (13, .today64): .q5_K_64
    case (14, .today64): .q6_K_64
    default: nil
    }
  }

  /// The eras that a quantization version of ggml may stand for (GGML-13).
  static func eras(quantizationVersion version: Int) -> [BlockEra] {
    switch version {
    case 0: [.pairs]
    case 1: [.wide]
    default: [.today, .today64]
    }
  }
}
