import WeighbridgeByteIO
import WeighbridgeCalibration
import WeighbridgeEncodings
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeReports

extension CalibrationReport {
  /// What was done, for people.
  var lines: [String] {
    var lines = notes
    let kept = outcomes.reduce(0) { $0 + $1.kept }
    if !outcomes.isEmpty {
      lines.append(
        "calibrated (\(effort.rawValue)) on \(NumberFormat.counted(windows, "window")): "
          + "\(NumberFormat.counted(outcomes.count, "tensor"))"
          + (kept == 0 ? "" : ", of which \(kept) matrices were better as the recipe has them"))
    }
    if let predicted { lines.append("predicted divergence: \(Self.number(predicted))") }
    for (before, after) in zip(steps, steps.dropFirst()) {
      lines.append(
        "\(after.name): \(Self.number(after.divergence.value)), "
          + NumberFormat.fixed(after.divergence.value / max(before.divergence.value, 1e-300), 3)
          + " of what \(before.name) gives")
    }
    if let measured {
      lines.append(
        "divergence on \(NumberFormat.counted(heldBackWindows, "window")) held back: \(Self.number(measured.calibrated.value)) "
          + "± \(Self.number(measured.calibrated.error)); \(measured.recipe) without calibration: "
          + "\(Self.number(measured.plain.value)) ± \(Self.number(measured.plain.error))")
    }
    if fellBack { lines.append("the recipe was better on these, so it was written as it is") }
    return lines
  }

  /// The frontier as a table.
  func table(_ terminal: Terminal, parameters: UInt64) -> String {
    var table = Table([
      .number("BYTES"), .number("BITS PER WEIGHT"), .number("PREDICTED DIVERGENCE"),
    ])
    for point in frontier {
      table.add([
        NumberFormat.grouped(Int(clamping: point.bytes)),
        NumberFormat.fixed(Double(point.bytes) * 8 / Double(max(1, parameters)), 3),
        Self.number(point.divergence),
      ])
    }
    return table.text(for: terminal)
  }

  /// For `--json`.
  func json(parameters: UInt64) -> JSONValue {
    [
      "effort": JSONValue(effort.rawValue), "windows": .integer(windows),
      "heldBackWindows": .integer(heldBackWindows),
      "predictedDivergence": predicted.map { .double($0) } ?? nil,
      "fellBack": .bool(fellBack),
      "heldBack": measured.map { (measured) -> JSONValue in
        [
          "recipe": JSONValue(measured.recipe), "plain": Self.json(measured.plain),
          "calibrated": Self.json(measured.calibrated),
        ]
      } ?? nil,
      "steps": .array(
        steps.map { ["name": JSONValue($0.name), "divergence": Self.json($0.divergence)] }),
      "choices": .array(
        choices.map {
          [
            "name": JSONValue($0.name), "encoding": JSONValue($0.choice.encoding.name),
            "bytes": JSONValue($0.choice.bytes),
            "predictedDivergence": .double($0.choice.divergence),
          ]
        }),
      "frontier": .array(
        frontier.map {
          [
            "bytes": JSONValue($0.bytes),
            "bitsPerWeight": .double(Double($0.bytes) * 8 / Double(max(1, parameters))),
            "predictedDivergence": .double($0.divergence),
          ]
        }),
      "tensors": .array(
        outcomes.map {
          [
            "name": .string($0.name), "encoding": JSONValue($0.encoding.name),
            "loss": .double($0.loss), "plainLoss": .double($0.plainLoss),
            "matrices": .integer($0.parts), "kept": .integer($0.kept),
          ]
        }),
      "recipe": recipe.map { JSONValue($0) } ?? nil,
      "notes": .array(notes.map { JSONValue($0) }),
    ]
  }

  private static func json(_ estimate: Estimate) -> JSONValue {
    ["value": .double(estimate.value), "error": .double(estimate.error)]
  }

  /// Four digits, whatever the size.
  private static func number(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return "\(value)" }
    var digits = 4
    var size = value
    while size < 0.1, digits < 12 {
      size *= 10
      digits += 1
    }
    return NumberFormat.fixed(value, digits)
  }
}
