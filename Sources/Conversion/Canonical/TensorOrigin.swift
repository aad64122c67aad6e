internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// Where a tensor of the canonical form comes from, for the plan.
struct TensorOrigin: Hashable, Sendable {
  /// The checkpoint's name for it; of experts, the first one's.
  let source: ByteString
  /// What is done to it, in words.
  var changes: [String]

  /// A step in words.
  static func word(_ change: TensorChange, keepsAll: Bool) -> String {
    switch change {
    case .arrange: keepsAll ? "rows reordered" : "part of the rows"
    case .transpose: "transposed"
    case .chosen: "as its shape asks"
    case .reshape: "reshaped"
    case .add(let number): "+ \(number)"
    case .negativeExponential: "−eˣ"
    case .drop: "part of the rows"
    case .pad: keepsAll ? "unchanged" : "rows of zeros added"
    case .multiply, .multiplyRows: "scaled"
    case .derive: "computed"
    case .forReaders(let change, _): word(change, keepsAll: keepsAll)
    }
  }
}
