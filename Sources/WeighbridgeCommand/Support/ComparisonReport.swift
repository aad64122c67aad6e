import Weighbridge
import WeighbridgeByteIO
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// A comparison as table, JSON, Markdown and page.
struct ComparisonReport {
  let reference: ReferenceSummary
  let models: [(path: String, model: Model)]
  let results: [Comparison]
  /// The text's name.
  let text: String
  let context: Int
  let windows: Int

  /// The percentiles that are reported: name in JSON, label, fraction.
  static let percentiles: [(key: String, label: String, fraction: Double)] = [
    ("max", "maximum", 1), ("p999", "99.9 %", 0.999), ("p99", "99 %", 0.99), ("p95", "95 %", 0.95),
    ("p90", "90 %", 0.9), ("median", "median", 0.5), ("p10", "10 %", 0.1), ("p5", "5 %", 0.05),
    ("p1", "1 %", 0.01), ("p01", "0.1 %", 0.001), ("min", "minimum", 0),
  ]

  private var title: String {
    let tokens = results.first?.referencePerplexity.tokens ?? 0
    return
      "\(ModelInput.shortName(text)): \(NumberFormat.grouped(tokens)) tokens scored in "
      + "\(windows) windows of \(context)"
  }

  private static func plusMinus(_ estimate: Estimate, _ decimals: Int) -> String {
    "\(NumberFormat.fixed(estimate.value, decimals)) ± \(NumberFormat.fixed(estimate.error, decimals))"
  }

  /// A mean divergence; that of equal models is rounding noise, which may be negative.
  private static func divergence(_ estimate: Estimate) -> String {
    plusMinus(Estimate(max(0, estimate.value), error: estimate.error), 6)
  }

  private static func percent(_ estimate: Estimate) -> String {
    plusMinus(Estimate(estimate.value * 100, error: estimate.error * 100), 3) + " %"
  }

  private static let header = [
    "MODEL", "TYPE", "SIZE", "BITS/WEIGHT", "PERPLEXITY", "MEAN KLD", "SAME TOP",
  ]

  /// One row a model, the reference first.
  private var rows: [[String]] {
    func row(_ summary: ReferenceSummary, _ figures: [String]) -> [String] {
      let isKnown = summary.bytes > 0
      return [
        ModelInput.shortName(summary.name), summary.type,
        isKnown ? NumberFormat.bytes(summary.bytes) : "",
        isKnown ? NumberFormat.fixed(summary.bitsPerWeight, 2) : "",
      ] + figures
    }
    let base = results.first.map { Self.plusMinus($0.referencePerplexity.perplexity, 3) } ?? ""
    return [row(reference, [base, "reference", ""])]
      + zip(models, results).map { entry, result in
        row(
          ReferenceSummary(entry.path, entry.model),
          [
            Self.plusMinus(result.perplexity.perplexity, 3), Self.divergence(result.divergence),
            Self.percent(result.sameTop),
          ])
      }
  }

  /// One row a statistic, one column a model.
  private var details: (header: [String], rows: [[String]]) {
    let names = models.map { ModelInput.shortName($0.path) }
    var rows = [
      ["perplexity ratio"] + results.map { Self.plusMinus($0.perplexityRatio, 5) },
      ["perplexity difference"] + results.map { Self.plusMinus($0.perplexityDifference, 4) },
      ["ln perplexity ratio"] + results.map { Self.plusMinus($0.logPerplexityRatio, 5) },
      ["correlation of ln p"]
        + results.map { $0.correlation.map { NumberFormat.fixed($0 * 100, 3) + " %" } ?? "" },
      ["KLD mean"] + results.map { Self.plusMinus($0.divergence, 6) },
    ]
    for part in Self.percentiles {
      rows.append(
        ["KLD \(part.label)"]
          + results.map { NumberFormat.fixed($0.divergences.percentile(part.fraction), 6) })
    }
    rows.append(["Δp mean"] + results.map { Self.percent($0.probabilityChange) })
    rows.append(
      ["Δp root mean square"] + results.map { Self.percent($0.probabilityChangeRootMeanSquare) })
    for part in Self.percentiles {
      rows.append(
        ["Δp \(part.label)"]
          + results.map {
            NumberFormat.fixed($0.probabilityChanges.percentile(part.fraction) * 100, 3) + " %"
          })
    }
    let layers = results.map(\.layers.count).max() ?? 0
    for layer in 0..<layers {
      rows.append(
        ["error after layer \(layer)"]
          + results.map {
            layer < $0.layers.count ? NumberFormat.significant($0.layers[layer], 3) : ""
          })
    }
    return (["STATISTIC"] + names, rows)
  }

  /// The table of models, and with `details` that of all statistics.
  func text(_ terminal: Terminal, details withDetails: Bool) -> String {
    var table = Table(
      Self.header.enumerated().map { index, title in
        index < 2 ? .text(title, flexible: index == 0) : .number(title)
      })
    for row in rows { table.add(row) }
    var text =
      TextStyle.dim.apply(title.displayed(), on: terminal) + "\n\n" + table.text(for: terminal)
    if withDetails {
      var second = Table(
        details.header.enumerated().map { index, title in
          index == 0 ? .text(title) : .number(title)
        })
      for row in details.rows { second.add(row) }
      text += "\n" + second.text(for: terminal)
    }
    return text
  }

  /// The tables as Markdown.
  func markdown() -> String {
    Markdown.paragraph(title)
      + Markdown.table(Self.header.map { $0.capitalizedFirst }, rows, numbers: 2) + "\n"
      + Markdown.table(details.header.map { $0.capitalizedFirst }, details.rows, numbers: 1)
  }

  /// A page with charts.
  func html() -> String {
    var page = HTMLPage(title: "What quantization cost")
    page.paragraph(title)
    page.table(Self.header.map { $0.capitalizedFirst }, rows, numeric: [2, 3, 4, 5, 6])
    page.heading("Divergence against size")
    page.markup(
      Charts.scatter(
        zip(models, results).map { entry, result in
          let summary = ModelSummary(entry.model)
          return (TypeName.of(entry.model), summary.bitsPerWeight, result.divergence.value)
        }, xTitle: "bits per weight", yTitle: "mean KL divergence"))
    for (entry, result) in zip(models, results) where !result.layers.isEmpty {
      page.heading("Error of hidden states: \(ModelInput.shortName(entry.path))")
      page.markup(
        Charts.bars(
          result.layers.enumerated().map {
            ("layer \($0.offset)", $0.element, NumberFormat.significant($0.element, 3))
          }))
    }
    page.heading("All statistics")
    page.table(
      details.header.map { $0.capitalizedFirst }, details.rows,
      numeric: Set(1...max(1, models.count)))
    return page.text
  }
}

extension ComparisonReport {
  /// The document that `--json` prints.
  var json: JSONValue {
    [
      "schema": "weighbridge.compare/1",
      "reference": [
        "model": JSONValue(reference.name), "bytes": JSONValue(reference.bytes),
        "bitsPerWeight": .double(reference.bitsPerWeight),
      ],
      "text": JSONValue(text), "context": .integer(context),
      "windows": .integer(windows),
      "tokens": .integer(results.first?.referencePerplexity.tokens ?? 0),
      "models": .array(zip(models, results).map { Self.json($0, $1) }),
    ]
  }

  private static func json(
    _ entry: (path: String, model: Model), _ result: Comparison
  ) -> JSONValue {
    let summary = ModelSummary(entry.model)
    return [
      "model": JSONValue(entry.path), "type": JSONValue(TypeName.of(entry.model)),
      "bytes": JSONValue(summary.fileBytes), "bitsPerWeight": .double(summary.bitsPerWeight),
      "perplexity": .double(result.perplexity.perplexity.value),
      "error": .double(result.perplexity.perplexity.error),
      "referencePerplexity": .double(result.referencePerplexity.perplexity.value),
      "perplexityRatio": json(result.perplexityRatio),
      "perplexityDifference": json(result.perplexityDifference),
      "logPerplexityRatio": json(result.logPerplexityRatio),
      "kld": distribution(result.divergence, result.divergences, scale: 1),
      "deltaP": distribution(
        result.probabilityChange, result.probabilityChanges, scale: 100,
        root: result.probabilityChangeRootMeanSquare),
      "sameTop": json(Estimate(result.sameTop.value * 100, error: result.sameTop.error * 100)),
      "correlation": result.correlation.map { .double($0) } ?? nil,
      "layers": .array(result.layers.map { .double($0) }),
    ]
  }

  private static func json(_ estimate: Estimate) -> JSONValue {
    ["value": .double(estimate.value), "error": .double(estimate.error)]
  }

  private static func distribution(
    _ mean: Estimate, _ values: Distribution, scale: Double, root: Estimate? = nil
  ) -> JSONValue {
    var object = JSONObject()
    object["mean"] = .double(mean.value * scale)
    object["error"] = .double(mean.error * scale)
    if let root {
      object["rms"] = .double(root.value * scale)
      object["rmsError"] = .double(root.error * scale)
    }
    for part in percentiles {
      object["\(part.key)"] = .double(values.percentile(part.fraction) * scale)
    }
    return .object(object)
  }
}

extension String {
  /// Only the first letter large, but for abbreviations: for headings that a terminal shows in capitals.
  fileprivate var capitalizedFirst: String {
    guard self == uppercased(), contains(where: \.isLetter) else { return self }
    let words = split(separator: " ").map { $0 == "KLD" ? String($0) : $0.lowercased() }
    let text = words.joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }
}
