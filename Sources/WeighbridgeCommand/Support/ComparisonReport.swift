import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// A comparison as table, JSON, Markdown and page.
struct ComparisonReport {
  /// The text's name.
  let text: String
  /// Its digest, where it was read.
  let textSHA256: String?
  let evaluation: TextEvaluation
  /// The models, the closest to the reference first.
  let differences: [ModelDifference]
  /// The same in the order in which they were named.
  private let named: [ModelDifference]

  init(
    text: String, textSHA256: String?, evaluation: TextEvaluation, differences: [ModelDifference]
  ) {
    self.text = text
    self.textSHA256 = textSHA256
    self.evaluation = evaluation
    named = differences
    self.differences = differences.indices.sorted {
      let (left, right) = (differences[$0].divergence.value, differences[$1].divergence.value)
      return left != right ? left < right : $0 < $1
    }.map { differences[$0] }
  }

  var reference: MeasuredModel { evaluation.reference }

  /// The percentiles that are reported: name in JSON, label, fraction.
  static let percentiles: [(key: String, label: String, fraction: Double)] = [
    ("max", "maximum", 1), ("p999", "99.9 %", 0.999), ("p99", "99 %", 0.99), ("p95", "95 %", 0.95),
    ("p90", "90 %", 0.9), ("median", "median", 0.5), ("p10", "10 %", 0.1), ("p5", "5 %", 0.05),
    ("p1", "1 %", 0.01), ("p01", "0.1 %", 0.001), ("min", "minimum", 0),
  ]

  var title: String {
    let tokens = differences.first?.tokens ?? 0
    return
      "\(ModelInput.shortName(text)): \(NumberFormat.counted(tokens, "token")) scored in "
      + "\(NumberFormat.counted(evaluation.windowCount, "window")) of \(evaluation.context)"
  }

  private static func plusMinus(_ estimate: Measured, _ decimals: Int) -> String {
    plusMinus(estimate.value, estimate.error, decimals)
  }

  static func plusMinus(_ value: Double, _ error: Double, _ decimals: Int) -> String {
    "\(NumberFormat.fixed(value, decimals)) ± \(NumberFormat.fixed(error, decimals))"
  }

  /// A mean divergence; that of equal models is rounding noise, which may be negative.
  static func divergence(_ estimate: Measured) -> String {
    plusMinus(max(0, estimate.value), estimate.error, 6)
  }

  static func percent(_ estimate: Measured) -> String {
    plusMinus(estimate.value * 100, estimate.error * 100, 3) + " %"
  }

  static let header = [
    "MODEL", "TYPE", "SIZE", "BITS/WEIGHT", "PERPLEXITY", "MEAN KLD", "SAME TOP",
  ]

  /// One row a model, the reference first.
  var rows: [[String]] {
    func row(_ summary: MeasuredModel, _ figures: [String]) -> [String] {
      let isKnown = summary.bytes > 0
      return [
        ModelInput.shortName(summary.location), summary.type,
        isKnown ? NumberFormat.bytes(summary.bytes) : "",
        isKnown ? NumberFormat.fixed(summary.bitsPerWeight, 2) : "",
      ] + figures
    }
    let base = differences.first.map { Self.plusMinus($0.referencePerplexity, 3) } ?? ""
    return [row(reference, [base, "reference", ""])]
      + differences.map { result in
        row(
          result.model,
          [
            Self.plusMinus(result.perplexity, 3), Self.divergence(result.divergence),
            Self.percent(result.sameTop),
          ])
      }
  }

  /// One row a statistic, one column a model.
  func details(layers showsLayers: Bool) -> (header: [String], rows: [[String]]) {
    let names = differences.map { ModelInput.shortName($0.model.location) }
    var rows = [
      ["perplexity ratio"] + differences.map { Self.plusMinus($0.perplexityRatio, 5) },
      ["perplexity difference"] + differences.map { Self.plusMinus($0.perplexityDifference, 4) },
      ["ln perplexity ratio"] + differences.map { Self.plusMinus($0.logPerplexityRatio, 5) },
      ["correlation of ln p"]
        + differences.map { $0.correlation.map { NumberFormat.fixed($0 * 100, 3) + " %" } ?? "" },
      ["KLD mean"] + differences.map { Self.plusMinus($0.divergence, 6) },
    ]
    for part in Self.percentiles {
      rows.append(
        ["KLD \(part.label)"]
          + differences.map { NumberFormat.fixed($0.divergences(part.fraction), 6) })
    }
    rows.append(["top 5 shared"] + differences.map { Self.percent($0.sameTop5) })
    rows.append(["top 10 shared"] + differences.map { Self.percent($0.sameTop10) })
    rows.append(["flips of likely tokens"] + differences.map { Self.percent($0.flips) })
    rows.append(["Δp mean"] + differences.map { Self.percent($0.probabilityChange) })
    rows.append(
      ["Δp root mean square"] + differences.map { Self.percent($0.probabilityChangeRootMeanSquare) }
    )
    for part in Self.percentiles {
      rows.append(
        ["Δp \(part.label)"]
          + differences.map {
            NumberFormat.fixed($0.probabilityChanges(part.fraction) * 100, 3) + " %"
          })
    }
    let layers = differences.map(\.layers.count).max() ?? 0
    // Of many layers the last tells how much arrives; --verbose and the reports have all.
    for layer in showsLayers ? 0..<layers : max(0, layers - 1)..<layers {
      rows.append(
        ["error after layer \(layer)"]
          + differences.map {
            layer < $0.layers.count ? NumberFormat.significant($0.layers[layer], 3) : ""
          })
    }
    return (["STATISTIC"] + names, rows)
  }

  /// The tables as Markdown.
  func markdown() -> String {
    let details = details(layers: true)
    return Markdown.paragraph(title)
      + Markdown.table(Self.header.map { $0.capitalizedFirst }, rows, numbers: 2) + "\n"
      + Markdown.table(details.header.map { $0.capitalizedFirst }, details.rows, numbers: 1)
  }
}

extension ComparisonReport {
  /// The document that `--json` prints.
  func json(_ gates: Gates) -> JSONValue {
    [
      "schema": "weighbridge.compare/1", "program": Provenance.program,
      "reference": [
        "model": JSONValue(reference.location), "bytes": JSONValue(reference.bytes),
        "bitsPerWeight": .double(reference.bitsPerWeight),
      ],
      "text": JSONValue(text), "textSHA256": textSHA256.map { JSONValue($0) } ?? nil,
      "context": .integer(evaluation.context),
      "windows": .integer(evaluation.windowCount),
      "tokens": .integer(differences.first?.tokens ?? 0),
      "sources": .array(evaluation.parts.map { .object($0.json) }),
      "models": .array(named.map { json(of: $0) }),
      "pairs": pairs, "verdict": verdict,
      "gates": .array(gates.all.map(\.json)), "passed": .bool(gates.pass),
    ]
  }

  /// All figures of a model, with what they were made of.
  private func json(of result: ModelDifference) -> JSONValue {
    var object = figures(of: result).object ?? JSONObject()
    object["files"] = Provenance.files(at: result.model.location)
    if let details = evaluation.breakdown(of: result) {
      for (key, value) in json(details) { object[key] = value }
    }
    return .object(object)
  }

  /// All figures of a model, and those of each text where there are several.
  func figures(of result: ModelDifference) -> JSONValue {
    var object = Self.json(result).object ?? JSONObject()
    guard !result.parts.isEmpty else { return .object(object) }
    object["sources"] = .array(
      zip(evaluation.parts, result.parts).map { part, result in
        var figures = Self.json(result).object ?? JSONObject()
        for key: ByteString in ["model", "type", "bytes", "bitsPerWeight", "layers"] {
          figures[key] = nil
        }
        figures["name"] = JSONValue(part.name)
        return .object(figures)
      })
    return .object(object)
  }

  private static func json(_ result: ModelDifference) -> JSONValue {
    [
      "model": JSONValue(result.model.location), "type": JSONValue(result.model.type),
      "bytes": JSONValue(result.model.bytes),
      "bitsPerWeight": .double(result.model.bitsPerWeight),
      "perplexity": .double(result.perplexity.value),
      "error": .double(result.perplexity.error),
      "referencePerplexity": .double(result.referencePerplexity.value),
      "perplexityRatio": json(result.perplexityRatio),
      "perplexityDifference": json(result.perplexityDifference),
      "logPerplexityRatio": json(result.logPerplexityRatio),
      "kld": distribution(result.divergence, result.divergences, scale: 1),
      "deltaP": distribution(
        result.probabilityChange, result.probabilityChanges, scale: 100,
        root: result.probabilityChangeRootMeanSquare),
      "sameTop": json(result.sameTop, scale: 100),
      "correlation": result.correlation.map { .double($0) } ?? nil,
      "layers": .array(result.layers.map { .double($0) }),
      "sameTop5": json(result.sameTop5, scale: 100),
      "sameTop10": json(result.sameTop10, scale: 100),
      "flips": [
        "value": .double(result.flips.value * 100), "error": .double(result.flips.error * 100),
        "likelyTokens": .integer(result.likelyTokens),
      ],
    ]
  }

  private static func json(_ estimate: Measured, scale: Double = 1) -> JSONValue {
    ["value": .double(estimate.value * scale), "error": .double(estimate.error * scale)]
  }

  private static func distribution(
    _ mean: Measured, _ values: Percentiles, scale: Double, root: Measured? = nil
  ) -> JSONValue {
    var object = JSONObject()
    object["mean"] = .double(mean.value * scale)
    object["error"] = .double(mean.error * scale)
    if let root {
      object["rms"] = .double(root.value * scale)
      object["rmsError"] = .double(root.error * scale)
    }
    for part in percentiles {
      object["\(part.key)"] = .double(values(part.fraction) * scale)
    }
    return .object(object)
  }
}

extension String {
  /// Only the first letter large, but for abbreviations: for headings that a terminal shows in capitals.
  var capitalizedFirst: String {
    guard self == uppercased(), contains(where: \.isLetter) else { return self }
    let words = split(separator: " ").map { $0 == "KLD" ? String($0) : $0.lowercased() }
    let text = words.joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }
}
