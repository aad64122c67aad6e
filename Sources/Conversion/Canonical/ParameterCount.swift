internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The number of parameters, and the label that it gives: `7B`, `8x7B`.
struct ParameterCount {
  /// All elements; for an adapter, the negative of what it changes.
  private(set) var total = 0
  private var shared = 0
  private var ofOneExpert = 0
  private var expertCount = 0

  /// A number of parameters, none of them of experts.
  init(total: Int) { self.total = total }

  /// Counts what an adapter changes: the elements of each product of halves.
  ///
  /// Negative, as in llama.cpp's converter: an adapter may leave layers out, so that its model is at
  /// least so large.
  init(adapter tensors: [Tensor]) {
    var half: TensorShape?
    for tensor in tensors {
      guard tensor.name.hasSuffix(".lora_b") else {
        half = tensor.layout.shape
        continue
      }
      let (size, overflow) = tensor.layout.shape.rowCount
        .multipliedReportingOverflow(by: half?.rowLength ?? 0)
      let (sum, isTooLarge) = total.subtractingReportingOverflow(size)
      guard !overflow, !isTooLarge else { return }
      total = sum
    }
  }

  /// Counts the elements of tensors with GGUF's names.
  init(_ tensors: [Tensor]) {
    var experts = 0
    var expertTensors = 0
    for tensor in tensors {
      let dimensions = tensor.layout.shape.dimensions
      let count = tensor.layout.shape.elementCount
      total += count
      let name = tensor.name.text
      let axis = name.contains(".bias") ? 2 : 3
      if name.contains("_exps."), dimensions.count >= 3, dimensions[dimensions.count - axis] > 0 {
        let number = dimensions[dimensions.count - axis]
        ofOneExpert += count / number
        experts += number
        expertTensors += 1
      } else {
        shared += count
      }
    }
    expertCount = expertTensors > 0 ? experts / expertTensors : 0
  }

  /// The label for `general.size_label`.
  var label: String {
    expertCount > 0
      ? "\(expertCount)x\(Self.rounded(shared + ofOneExpert))" : Self.rounded(total)
  }

  /// Two digits at least, in the largest unit that is smaller.
  static func rounded(_ count: Int) -> String {
    let number = Double(count)
    let (scaled, suffix): (Double, String) =
      number > 1e12
      ? (number * 1e-12, "T")
      : number > 1e9
        ? (number * 1e-9, "B") : number > 1e6 ? (number * 1e-6, "M") : (number * 1e-3, "K")
    let whole = Int(scaled.rounded(.toNearestOrEven))
    let digits = max(2 - (whole == 0 ? 0 : "\(whole)".count), 0)
    var buffer = [CChar](repeating: 0, count: 400)
    unsafe withVaList([digits, scaled]) { arguments in
      _ = unsafe vsnprintf(&buffer, 400, "%.*f", arguments)
    }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self) + suffix
  }
}
