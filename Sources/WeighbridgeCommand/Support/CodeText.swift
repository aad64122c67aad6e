import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeJSON
import WeighbridgeReports

/// What is said of the integers of a quantized checkpoint.
enum CodeText {
  /// One line: `codes: 28 tensors exact, 2 encoded anew; 0 of 312,000 codes changed`.
  static func line(_ summary: CodeSummary) -> String {
    var parts: [String] = []
    if summary.exact.tensors > 0 { parts.append("\(tensors(summary.exact)) exact") }
    if summary.rounded.tensors > 0 {
      parts.append(
        "\(tensors(summary.rounded)) with scales rounded to F16 (by "
          + "\(NumberFormat.significant(Double(summary.largestScaleError), 2)) at most)")
    }
    if summary.requantized.tensors > 0 {
      let loss = summary.largestLoss.map {
        " (losing \(NumberFormat.significant($0 * 100, 2)) % of the norm at most)"
      }
      parts.append("\(tensors(summary.requantized)) encoded anew" + (loss ?? ""))
    }
    let kept = summary.exact.codes &+ summary.rounded.codes
    return "codes: " + parts.joined(separator: ", ")
      + (kept == 0
        ? "" : "; 0 of \(NumberFormat.grouped(Int(clamping: kept))) kept codes changed")
      + summary.reasons.map { "\n  as \($0)" }.joined()
  }

  private static func tensors(_ count: CodeSummary.Count) -> String {
    "\(NumberFormat.grouped(count.tensors)) \(count.tensors == 1 ? "tensor" : "tensors")"
  }

  static func json(_ summary: CodeSummary) -> JSONValue {
    func count(_ count: CodeSummary.Count) -> JSONValue {
      ["tensors": .integer(count.tensors), "codes": JSONValue(count.codes)]
    }
    return [
      "exact": count(summary.exact), "scalesRounded": count(summary.rounded),
      "requantized": count(summary.requantized),
      "largestScaleError": .double(Double(summary.largestScaleError)),
      "largestLoss": summary.largestLoss.map { .double($0) } ?? .null, "changed": .integer(0),
    ]
  }

  static func json(_ fate: CodeFate) -> JSONValue {
    switch fate {
    case .exact: ["kept": .bool(true), "scaleError": .double(0)]
    case .scalesRounded(let error):
      ["kept": .bool(true), "scaleError": .double(Double(error))]
    case .requantized(let reason, let loss):
      [
        "kept": .bool(false), "reason": JSONValue(reason),
        "loss": loss.map { .double($0) } ?? .null,
      ]
    }
  }
}
