import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// What `compare` was asked to insist on, and whether it holds.
struct Gates {
  /// One demand on one model.
  struct Gate {
    let model: String
    /// The option: `--max-kld`.
    let option: String
    /// What was measured, in words.
    let label: String
    let value: Double
    let limit: Double
    let isUpperLimit: Bool
    let unit: String

    /// A value that is no number passes nothing.
    var passes: Bool { isUpperLimit ? value <= limit : value >= limit }

    /// `passed: q8_0.gguf: mean KL divergence 0.00006, at most 0.01`.
    var line: String {
      "\(passes ? "passed" : "failed"): \(ModelInput.shortName(model)): \(label) "
        + "\(NumberFormat.significant(value, 4))\(unit), \(isUpperLimit ? "at most" : "at least") "
        + "\(limit)\(unit)"
    }

    /// The gate as JSON.
    var json: JSONValue {
      [
        "model": JSONValue(model), "gate": JSONValue(option), "value": .double(value),
        "limit": .double(limit), "passed": .bool(passes),
      ]
    }
  }

  private(set) var all: [Gate] = []

  /// Whether everything holds.
  var pass: Bool { all.allSatisfy(\.passes) }

  init(
    _ report: ComparisonReport, maxKld: Double?, maxPplIncrease: Double?, minSameTop: Double?,
    others: [StatisticGate] = []
  ) throws {
    for result in report.differences {
      let model = result.model.location
      try add(others, report.figures(of: result), model)
      if let maxKld {
        all.append(
          Gate(
            model: model, option: "--max-kld", label: "mean KL divergence",
            value: result.divergence.value, limit: maxKld, isUpperLimit: true, unit: ""))
      }
      if let maxPplIncrease {
        all.append(
          Gate(
            model: model, option: "--max-ppl-increase", label: "perplexity rose by",
            value: (result.perplexityRatio.value - 1) * 100, limit: maxPplIncrease,
            isUpperLimit: true, unit: " %"))
      }
      if let minSameTop {
        all.append(
          Gate(
            model: model, option: "--min-same-top", label: "same top token",
            value: result.sameTop.value * 100, limit: minSameTop, isUpperLimit: false, unit: " %"))
      }
    }
  }

  private mutating func add(_ gates: [StatisticGate], _ figures: JSONValue, _ model: String) throws
  {
    for gate in gates {
      guard let value = gate.value(in: figures) else {
        throw UsageError(
          message: "--gate \(gate.text): there is no figure '\(gate.statistic)'"
            + (gate.source.map { " of a text '\($0)'" } ?? ""),
          hint: "figures are those of --json: kld.p99<=0.1, sameTop>=95, perplexityRatio@code<=1.01"
        )
      }
      all.append(
        Gate(
          model: model, option: "--gate",
          label: gate.statistic + (gate.source.map { "@" + $0 } ?? ""),
          value: value, limit: gate.limit, isUpperLimit: gate.isUpperLimit, unit: ""))
    }
  }
}
