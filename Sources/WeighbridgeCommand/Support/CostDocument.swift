import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What quantization cost, as JSON, page, Markdown, and in a few lines.
struct CostDocument {
  let report: CostReport
  /// The input and the output.
  let source: String
  let output: String

  /// The kinds of files that a report can be written to, by the end of the name.
  enum Format: String, CaseIterable {
    case json, html, md

    /// The format that a name asks for.
    init(path: String) throws {
      let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
      guard path.contains("."), let format = Format(rawValue: ending) else {
        throw UsageError(
          message: "\(path): a report is written as .json, .html or .md",
          hint: "the end of the name decides: --report cost.html")
      }
      self = format
    }
  }

  /// The report in a format.
  func text(_ format: Format) -> String {
    switch format {
    case .json: json.text() + "\n"
    case .html: CostPage(document: self).html
    case .md: markdown
    }
  }

  static func percent(_ share: Double, _ digits: Int = 3) -> String {
    // All of it is 100 %, not 1.0e+02.
    let isWhole = abs(100 * share) >= (0..<digits).reduce(1) { limit, _ in limit * 10 } - 0.5
    return
      (isWhole
      ? NumberFormat.fixed(100 * share, 0) : NumberFormat.significant(100 * share, digits)) + " %"
  }

  /// A share in a column: the same decimals in every row.
  static func aligned(_ share: Double) -> String { NumberFormat.fixed(100 * share, 3) + " %" }

  private static func number(_ value: Double) -> String { NumberFormat.significant(value, 4) }

  /// How much was compared, in words.
  private var measured: String {
    let numbers = NumberFormat.count(report.encodedCount)
    return report.measuredCount == report.encodedCount
      ? "all \(numbers) weights compared"
      : "estimated from \(Self.percent(report.measuredShare, 2)) of \(numbers) weights, in evenly "
        + "spaced rows"
  }

  private var hasWeights: Bool { report.rows.contains { $0.sums?.weighted != nil } }

  // MARK: - In a few lines

  /// The lines for the terminal; empty where nothing was encoded.
  var summary: String {
    let total = report.total
    guard report.measuredCount > 0, let worst = report.byShare.first else { return "" }
    // Not "error": a line that begins so is a failure to whoever reads logs.
    var line =
      "loss: \(Self.percent(total.relative)) of the weights' norm, RMSE "
      + "\(Self.number(total.rootMeanSquare)), cosine \(Self.cosine(total.cosine))"
    if let weighted = total.weighted {
      line += ", weighed by importance \(Self.percent(weighted))"
    }
    let largest = report.byShare.max {
      ($0.sums?.largestError ?? 0) < ($1.sums?.largestError ?? 0)
    }
    line +=
      "\nlargest: \(Self.number(total.largestError)) in "
      + "\((largest ?? worst).name.text.displayed()) (\(measured))"
    let most = report.byShare.prefix(3).map {
      "\($0.name.text.displayed()) \($0.encoding) \(Self.percent($0.share, 2))"
    }
    return line + "\nmost of it: " + most.joined(separator: ", ")
  }

  /// With as many nines as tell something.
  private static func cosine(_ value: Double) -> String {
    let distance = max(1 - value, 1e-12)
    var digits = 4
    var step = 1e-3
    while step > distance, digits < 12 {
      digits += 1
      step /= 10
    }
    return NumberFormat.fixed(value, digits)
  }

  // MARK: - Tables

  var header: [String] {
    ["Tensor", "Shape", "From", "To", "Bits", "RMSE", "Relative error", "Cosine", "Largest error"]
      + (hasWeights ? ["Error by importance"] : []) + ["Share of the error"]
      + (hasWeights ? ["Share by importance"] : [])
  }

  var rows: [[String]] {
    report.rows.map { row in
      let start = [
        row.name.text, row.shape.description, row.sourceEncoding.name, row.encoding.name,
        NumberFormat.fixed(row.bits, 2),
      ]
      guard let sums = row.sums else {
        return start + ["copied"] + Array(repeating: "", count: header.count - 6)
      }
      return start + [
        Self.number(sums.rootMeanSquare), Self.aligned(sums.relative), Self.cosine(sums.cosine),
        Self.number(sums.largestError),
      ] + (hasWeights ? [sums.weighted.map { Self.aligned($0) } ?? ""] : [])
        + [Self.aligned(row.share)]
        + (hasWeights ? [row.weightedShare.map { Self.aligned($0) } ?? ""] : [])
    }
  }

  var title: String { "What \(report.recipe) cost: \(ModelInput.shortName(output))" }

  var facts: [(String, String)] {
    let total = report.total
    return [
      ("Source", ModelInput.shortName(source)), ("Output", ModelInput.shortName(output)),
      ("Recipe", report.recipe),
      ("Bits per weight", NumberFormat.fixed(report.bitsPerWeight, 2)),
      ("RMSE", Self.number(total.rootMeanSquare)),
      ("Relative error", Self.percent(total.relative)), ("Cosine", Self.cosine(total.cosine)),
      ("Largest error", Self.number(total.largestError)),
    ] + (total.weighted.map { [("Error by importance", Self.percent($0))] } ?? [])
      + [("Measured", measured)]
  }

  private var markdown: String {
    Markdown.heading(title) + Markdown.facts(facts) + Markdown.table(header, rows, numbers: 4)
  }

  // MARK: - JSON

  /// The document.
  var json: JSONValue {
    let total = report.total
    return [
      "schema": "weighbridge.cost/1", "source": JSONValue(source), "output": JSONValue(output),
      "recipe": JSONValue(report.recipe), "bitsPerWeight": .double(report.bitsPerWeight),
      "elements": JSONValue(report.encodedCount), "measured": JSONValue(report.measuredCount),
      "rmse": .double(total.rootMeanSquare), "relativeError": .double(total.relative),
      "cosine": .double(total.cosine), "largestError": .double(total.largestError),
      "importanceError": total.weighted.map { .double($0) } ?? nil,
      "tensors": .array(report.rows.map { Self.json($0) }),
    ]
  }

  private static func json(_ row: CostReport.Row) -> JSONValue {
    let sums = row.sums
    return [
      "name": .string(row.name), "shape": .array(row.shape.dimensions.map { .integer($0) }),
      "from": JSONValue(row.sourceEncoding.name), "to": JSONValue(row.encoding.name),
      "bits": .double(row.bits), "elements": .integer(row.shape.elementCount),
      "measured": JSONValue(sums?.count ?? 0),
      "rmse": sums.map { .double($0.rootMeanSquare) } ?? nil,
      "relativeError": sums.map { .double($0.relative) } ?? nil,
      "cosine": sums.map { .double($0.cosine) } ?? nil,
      "largestError": sums.map { .double($0.largestError) } ?? nil,
      "importanceError": sums?.weighted.map { .double($0) } ?? nil,
      "share": .double(row.share),
      "importanceShare": row.weightedShare.map { .double($0) } ?? nil,
    ]
  }
}
