internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Rules of the numbers in tensors: what a damaged block, a lost scale or a copied layer looks like.
enum ValueRules {
  static func values(_ context: ValidationContext) throws -> [Finding] {
    // A checkpoint's own tensors: what it becomes in GGUF is computed from them.
    let tensors = context.opened.tensors
    let measured = try ValueMeasurement.measure(
      tensors, workers: context.resources.threads, progress: context.resources.progress)
    var findings = zip(tensors, measured).flatMap { tensor, values in
      Self.findings(of: tensor, values)
    }
    findings += duplicates(tensors, measured)
    return findings
  }

  private static func findings(of tensor: Tensor, _ values: ValueMeasurement) -> [Finding] {
    let name = tensor.name.text
    let layout = tensor.layout
    var findings: [Finding] = []
    if values.nonFinite > 0 {
      findings.append(
        Finding(
          .nonFinite, at: name,
          "\(values.nonFinite) of \(values.count) values are NaN or infinite, the first in row "
            + "\(values.firstNonFinite)"))
      return findings
    }
    if values.misencoded > 0 {
      findings.append(
        Finding(
          .misencoded, at: name,
          "\(values.misencoded) of \(values.blocks) blocks of \(layout.encoding.name)"))
    }
    guard layout.shape.dimensions.count > 1, values.count > 256, values.isDecoded,
      !isTable(name)
    else { return findings }
    if values.lowest == 0, values.highest == 0 {
      findings.append(Finding(.zeroTensor, at: name, "all \(values.count) values are 0"))
    } else if values.lowest == values.highest {
      findings.append(
        Finding(.constantTensor, at: name, "all \(values.count) values are \(values.lowest)"))
    } else {
      findings += rows(name, layout, values)
    }
    return findings
  }

  private static func rows(
    _ name: String, _ layout: TensorLayout, _ values: ValueMeasurement
  ) -> [Finding] {
    var findings: [Finding] = []
    if values.hasOneScale, values.blocks > 64, !ternary.contains(layout.encoding.name) {
      findings.append(
        Finding(.constantScales, at: name, "\(values.blocks) blocks of \(layout.encoding.name)"))
    }
    let sizes = values.rowSizes
    let zero = sizes.filter { $0 == 0 }.count
    if zero > 0 {
      findings.append(Finding(.zeroRows, at: name, "\(zero) of \(sizes.count) rows"))
    }
    let median = sizes.sorted()[sizes.count / 2]
    if sizes.count >= 16, median > 0, let row = sizes.firstIndex(where: { $0 > 1000 * median }) {
      let noisy = sizes.filter { $0 > 1000 * median }.count
      findings.append(
        Finding(
          .noise, at: name,
          "\(noisy) of \(sizes.count) rows, the first is \(row): its root mean square is "
            + "\(sizes[row]), the others' \(median)"))
    }
    return findings
  }

  /// Values that were rounded to three have one scale where a whole tensor has one.
  private static let ternary: Set<String> = ["TQ1_0", "TQ2_0", "Q1_0", "Q2_0", "MXFP4", "NVFP4"]

  /// Tables that are computed or counted, and may hold any constant.
  private static func isTable(_ name: String) -> Bool {
    [
      "norm", "bias", "rope", "g_idx", "qzeros", "zero_point", "scale", "position", "token_types",
      "lora", "absmax", "counts", "in_sum",
    ].contains { name.lowercased().contains($0) }
  }

  /// Matrices of different layers that are the same.
  private static func duplicates(
    _ tensors: [Tensor], _ measured: [ValueMeasurement]
  ) -> [Finding] {
    struct Key: Hashable {
      let sum: UInt64
      let shape: TensorShape
      let encoding: String
    }
    var first: [Key: Int] = [:]
    var findings: [Finding] = []
    for (index, values) in measured.enumerated() {
      let tensor = tensors[index]
      guard tensor.layout.shape.dimensions.count > 1, values.count > 256,
        values.lowest < values.highest, !isTable(tensor.name.text)
      else { continue }
      let key = Key(
        sum: values.sum, shape: tensor.layout.shape, encoding: tensor.layout.encoding.name)
      guard let other = first[key] else {
        first[key] = index
        continue
      }
      // Tied embeddings are stored twice by some writers.
      let names = [tensors[other].name.text, tensor.name.text]
      if names.contains(where: { $0.contains("embed") || $0.contains("token_embd") }) { continue }
      findings.append(
        Finding(
          .duplicate, at: tensor.name.text, "it is the same as '\(tensors[other].name)'"))
    }
    return findings
  }
}
