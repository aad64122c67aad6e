internal import WeighbridgeEncodings

/// How the errors of encodings compare once blocks were chosen under feedback.
///
/// The ratios to one encoding hardly depend on the tensor (a standard deviation of 3 to 7 % over the
/// matrices of the fixtures), so one of them is measured and the others follow.
enum TypeCosts {
  /// The encoding that is measured where rows hold whole super-blocks, and the errors of the others.
  static let superBlocks: [(encoding: Encoding, ratio: Double)] = [
    (.q2_K, 4.13), (.q3_K, 1), (.iq4_XS, 0.268), (.q4_K, 0.246), (.q5_K, 0.0596),
    (.q6_K, 0.0139), (.q8_0, 0.0012),
  ]
  /// The same for rows that hold blocks of 32 alone.
  static let simpleBlocks: [(encoding: Encoding, ratio: Double)] = [
    (.q4_0, 1), (.iq4_NL, 0.73), (.q4_1, 0.63), (.q5_0, 0.247), (.q5_1, 0.143),
    (.q8_0, 0.0036),
  ]

  /// The encodings of a row's length and how they compare; none where it holds no whole blocks.
  static func ratios(rowLength: Int) -> [(encoding: Encoding, ratio: Double)] {
    rowLength % 256 == 0 ? superBlocks : rowLength % 32 == 0 ? simpleBlocks : []
  }

  /// The encoding that is measured.
  static func probe(rowLength: Int) -> Encoding? {
    ratios(rowLength: rowLength).first { $0.ratio == 1 }?.encoding
  }
}
