internal import WeighbridgeEncodings

/// How the errors of encodings compare once blocks were chosen under feedback.
///
/// The ratios to one encoding hardly depend on the tensor (a standard deviation of 3 to 7 % over the
/// matrices of the fixtures), so one of them is measured and the others follow.
enum TypeCosts {
  /// The encoding that is measured where rows hold whole super-blocks, and the errors of the others.
  static let superBlocks: [(encoding: String, ratio: Double)] = [
    ("Q2_K", 4.13), ("Q3_K", 1), ("IQ4_XS", 0.268), ("Q4_K", 0.246), ("Q5_K", 0.0596),
    ("Q6_K", 0.0139), ("Q8_0", 0.0012),
  ]
  /// The same for rows that hold blocks of 32 alone.
  static let simpleBlocks: [(encoding: String, ratio: Double)] = [
    ("Q4_0", 1), ("IQ4_NL", 0.73), ("Q4_1", 0.63), ("Q5_0", 0.247), ("Q5_1", 0.143),
    ("Q8_0", 0.0036),
  ]

  /// The encodings of a row's length and how they compare; none where it holds no whole blocks.
  static func ratios(rowLength: Int) -> [(encoding: String, ratio: Double)] {
    rowLength % 256 == 0 ? superBlocks : rowLength % 32 == 0 ? simpleBlocks : []
  }

  /// The encoding that is measured.
  static func probe(rowLength: Int) -> String? {
    ratios(rowLength: rowLength).first { $0.ratio == 1 }?.encoding
  }
}
