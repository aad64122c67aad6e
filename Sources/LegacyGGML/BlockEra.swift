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
  func encoding(_ type: UInt32) -> (any TensorEncoding.Type)? {
    switch (type, self == .planes ? .pairs : self) {
    case (0, _): F32.self
    case (1, _): F16.self
    case (2, .pairs): Q4_0_GGJT1.self
    case (2, .wide): Q4_0_GGJT2.self
    case (2, _): Q4_0.self
    case (3, .pairs): Q4_1_GGJT1.self
    case (3, .wide): Q4_1_GGJT2.self
    case (3, _): Q4_1.self
    case (4, .pairs): Q4_2.self
    case (5, .pairs): Q4_3.self
    case (6, .pairs): Q5_0_GGJT1.self
    case (6, _): Q5_0.self
    case (7, .pairs): Q5_1_GGJT1.self
    case (7, _): Q5_1.self
    case (8, .pairs), (8, .wide): Q8_0_GGJT1.self
    case (8, _): Q8_0.self
    case (10...14, .today): EncodingRegistry.gguf(type)
    case (10, .today64): Q2_K_64.self
    case (11, .today64): Q3_K_64.self
    case (12, .today64): Q4_K_64.self
    case (13, .today64): Q5_K_64.self
    case (14, .today64): Q6_K_64.self
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
