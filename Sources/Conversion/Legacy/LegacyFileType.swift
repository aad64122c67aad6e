internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// `general.file_type`: the encoding that holds most of a model's bytes.
enum LegacyFileType {
  private static let types: [String: UInt32] = [
    "F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10,
    "Q3_K": 12, "Q4_K": 15, "Q5_K": 17, "Q6_K": 18,
  ]

  /// The number for these tensors.
  static func of(_ tensors: [Tensor]) -> UInt32 {
    var elements: [(name: String, count: Int)] = []
    for tensor in tensors {
      let name = tensor.layout.encoding.name
      let count = tensor.layout.shape.elementCount
      if let index = elements.firstIndex(where: { $0.name == name }) {
        elements[index].count += count
      } else {
        elements.append((name, count))
      }
    }
    let largest = elements.max { $0.count < $1.count }
    return largest.flatMap { types[$0.name] } ?? 0
  }
}
