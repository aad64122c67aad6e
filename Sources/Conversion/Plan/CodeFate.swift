internal import WeighbridgeModelIR

/// What becomes of the integers that a checkpoint's weight was quantized to.
package enum CodeFate: Hashable, Sendable {
  /// Blocks hold them, and are worth exactly what was stored.
  case exact
  /// Blocks hold them, with scales rounded to half precision: the largest relative error.
  case scalesRounded(Float)
  /// They were computed, and encoded anew, because of this; `loss` is the norm of the error by that of
  /// the weights, where it was measured.
  case requantized(String, loss: Double? = nil)

  /// In words.
  package var text: String {
    switch self {
    case .exact: "codes kept"
    case .scalesRounded(let error):
      "codes kept, scales rounded by 2^\(Self.exponent(error)) at most"
    case .requantized(let reason, _): "encoded anew: \(reason)"
    }
  }

  /// The power of two that is at least this.
  private static func exponent(_ error: Float) -> Int {
    Int(error.exponent) + (error.significand > 1 ? 1 : 0)
  }
}

extension ConversionPlan {
  /// What became of all codes; nil where the model has none.
  package var codeSummary: CodeSummary? {
    var summary = CodeSummary()
    for row in rows {
      switch row.codes {
      case nil: continue
      case .exact?: summary.exact.add(row)
      case .scalesRounded(let error)?:
        summary.rounded.add(row)
        summary.largestScaleError = max(summary.largestScaleError, error)
      case .requantized(let reason, let loss)?:
        summary.requantized.add(row)
        if let loss { summary.largestLoss = max(summary.largestLoss ?? 0, loss) }
        let line = "\(row.encoding): \(reason)"
        if !summary.reasons.contains(line) { summary.reasons.append(line) }
      }
    }
    return summary.isEmpty ? nil : summary
  }
}

/// How many tensors and codes were kept as they were.
package struct CodeSummary: Hashable, Sendable {
  /// Some tensors and the numbers in them.
  package struct Count: Hashable, Sendable {
    /// Tensors.
    package var tensors = 0
    /// Codes, one for each number.
    package var codes: UInt64 = 0

    mutating func add(_ row: ConversionPlan.Row) {
      tensors += 1
      codes &+= UInt64(row.shape.elementCount)
    }
  }

  /// Those whose blocks are worth exactly what was stored.
  package var exact = Count()
  /// Those whose scales are rounded.
  package var rounded = Count()
  /// Those that were encoded anew.
  package var requantized = Count()
  /// The largest relative error of a rounded scale.
  package var largestScaleError: Float = 0
  /// The largest norm of an error by that of the weights, of those where it was measured.
  package var largestLoss: Double?
  /// What was encoded anew as what, and why, each once.
  package var reasons: [String] = []

  /// Whether there were none.
  package var isEmpty: Bool { exact.tensors + rounded.tensors + requantized.tensors == 0 }
}
