import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// A demand on any figure of a comparison: `kld.p99<=0.1`, `sameTop@code>=95`.
struct StatisticGate: ExpressibleByArgument, Hashable {
  /// As it was given.
  let text: String
  /// The figure's place in a model's JSON, with dots.
  let statistic: String
  /// The text that it is about; nil for all together.
  let source: String?
  let limit: Double
  let isUpperLimit: Bool

  init?(argument: String) {
    guard let mark = argument.firstRange(of: "<=") ?? argument.firstRange(of: ">="),
      let limit = Double(argument[mark.upperBound...].filter { $0 != "%" && $0 != " " }),
      limit.isFinite
    else { return nil }
    let name = argument[..<mark.lowerBound].filter { $0 != " " }
    guard !name.isEmpty else { return nil }
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    text = argument
    statistic = parts.first ?? ""
    source = parts.count > 1 ? parts[1] : nil
    self.limit = limit
    isUpperLimit = argument[mark] == "<="
  }

  /// The figure in a model's JSON; nil where there is none of this name.
  func value(in model: JSONValue) -> Double? {
    var place: JSONValue? = model
    if let source {
      place = model["sources"]?.array?.first { $0["name"]?.text == source }
    }
    for part in statistic.split(separator: ".") { place = place?[ByteString(String(part))] }
    return place?.double ?? place?["value"]?.double ?? place?["mean"]?.double
  }
}

extension Gates {
  /// A line of JUnit's XML for each gate, a suite for each model, as CI servers read it.
  var junit: String {
    func escaped(_ text: String) -> String {
      text.displayed().replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
    var models: [String] = []
    for gate in all where !models.contains(gate.model) { models.append(gate.model) }
    let failures = all.filter { !$0.passes }.count
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"weighbridge\" tests=\"\(all.count)\" failures=\"\(failures)\">\n"
    for model in models {
      let own = all.filter { $0.model == model }
      let failed = own.filter { !$0.passes }.count
      text +=
        "  <testsuite name=\"\(escaped(model))\" tests=\"\(own.count)\" failures=\"\(failed)\">\n"
      for gate in own {
        let name = "\(gate.option) \(gate.limit)"
        text += "    <testcase classname=\"\(escaped(model))\" name=\"\(escaped(name))\""
        text +=
          gate.passes
          ? "/>\n" : "><failure message=\"\(escaped(gate.line))\"/></testcase>\n"
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  /// The gates as a table of Markdown.
  var markdown: String {
    guard !all.isEmpty else { return "" }
    return Markdown.table(
      ["Gate", "Model", "Limit", "Value", "Result"],
      all.map { gate in
        [
          gate.label, ModelInput.shortName(gate.model),
          "\(gate.isUpperLimit ? "at most" : "at least") \(gate.limit)\(gate.unit)",
          NumberFormat.significant(gate.value, 4) + gate.unit, gate.passes ? "passed" : "failed",
        ]
      }, numbers: 2) + "\n"
  }
}
