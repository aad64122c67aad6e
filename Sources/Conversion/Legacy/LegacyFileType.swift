internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// `general.file_type`: the encoding that holds most of a model's bytes.
enum LegacyFileType {
  private static let types: [Encoding: UInt32] = [
    .f32: 0, .f16: 1, .q4_0: 2, .q4_1: 3, .q8_0: 7, .q5_0: 8, .q5_1: 9, .q2_K: 10,
    .q3_K: 12, .q4_K: 15, .q5_K: 17, .q6_K: 18,
  ]

  /// The number for these tensors.
  static func of(_ tensors: [Tensor]) -> UInt32 {
    var elements: [(encoding: Encoding, count: Int)] = []
    for tensor in tensors {
      let encoding = tensor.layout.encoding
      let count = tensor.layout.shape.elementCount
      if let index = elements.firstIndex(where: { $0.encoding == encoding }) {
        elements[index].count += count
      } else {
        elements.append((encoding, count))
      }
    }
    let largest = elements.max { $0.count < $1.count }
    return largest.flatMap { types[$0.encoding] } ?? 0
  }
}
