internal import WeighbridgeEncodings

extension Recipe {
  /// 8 bits for all: hardly distinguishable from the original.
  package static let q8_0 = Recipe("Q8_0", fileType: 7, base: .q8_0, output: .q8_0)
}
