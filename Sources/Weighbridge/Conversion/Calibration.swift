internal import WeighbridgeByteIO
internal import WeighbridgeCalibration
internal import WeighbridgeConversion
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Blocks, and within a budget encodings, that are chosen by what the model computes on texts.
///
///     var request = ConversionRequest(type: "Q4_K_M", style: .quantizer)
///     request.calibration = Calibration(texts: ["book.txt"])
public struct Calibration: Hashable, Sendable {
  /// How hard to work.
  public enum Effort: String, Hashable, Sendable, CaseIterable {
    /// Error feedback, gradients of some windows.
    case fast
    /// Tokens and outputs weighed by gradients of all windows.
    case good
    /// As `good` with a wider search, and layers that follow what the encoded ones before them give.
    case best
  }

  /// Paths of files of text, of JSON lines with a `text` each, or of folders of these.
  public var texts: [String]
  /// How hard to work.
  public var effort = Effort.good
  /// How large all tensors may be together: `4.5bpw`, `3.2GiB`, `as:Q4_K_M`; nil keeps the encodings of
  /// the type.
  public var budget: String?
  /// `TYPE` or `REGEX=TYPE`: within a budget, tensors whose names match get no encoding of fewer bits.
  public var minimumTypes: [String] = []
  /// `REGEX=TYPE`: within a budget, the encoding of tensors whose names match.
  public var keptTypes: [String] = []
  /// Where the encodings that a budget allows are written as a recipe.
  public var recipeOutput: String?
  /// Tokens of a window.
  public var context = 512
  /// Windows, at most; an eighth of them is held back to judge the result.
  public var windowLimit = 128

  /// Calibrates on texts.
  public init(texts: [String]) { self.texts = texts }
}

extension Calibration {
  /// A plan whose blocks are there, and what was done.
  func plan(
    _ source: Model, _ options: ConversionOptions, isPlanOnly: Bool, using resources: Resources
  ) throws -> (plan: ConversionPlan, report: CalibrationReport) {
    let request = try request(isPlanOnly: isPlanOnly)
    let metadata = try CanonicalModel.make(source, options.canonical).metadata
    let tokenizer = try TextTokenizer.make(metadata)
    let tokens = try CalibrationText(texts).documents.flatMap { tokenizer.encode($0) }
    let all = try TokenWindows(
      tokens: tokens, context: context, beginToken: tokenizer.beginToken)
    let held = CalibrationRun.heldBack(of: min(windowLimit, all.windows.count))
    let used = all.windows.prefix(min(windowLimit, all.windows.count) - held)
    return try CalibrationRun(
      source, options, request, options: resources.inference
    ).run(
      on: TokenWindows(windows: Array(used), scored: all.scored),
      judgedOn: held == 0
        ? nil : TokenWindows(windows: Array(all.windows.suffix(held)), scored: all.scored))
  }

  private func request(isPlanOnly: Bool) throws -> CalibrationRequest {
    guard !texts.isEmpty else {
      throw RequestError(message: "there is no text to calibrate on")
    }
    guard windowLimit > 0, (8...(1 << 20)).contains(context) else {
      throw RequestError(
        message: "calibration takes 1 window or more of 8 to \(1 << 20) tokens")
    }
    guard budget != nil || (minimumTypes.isEmpty && keptTypes.isEmpty && recipeOutput == nil)
    else {
      throw RequestError(
        message: "--minimum-types, --keep and --recipe-output say how to meet a --budget")
    }
    var request = CalibrationRequest()
    request.effort =
      switch effort {
      case .fast: .fast
      case .good: .good
      case .best: .best
      }
    if let budget {
      guard let parsed = ByteBudget(budget) else {
        throw RequestError(
          message: "--budget takes 4.5bpw, 3.2GiB or as:RECIPE, not '\(budget)'")
      }
      request.budget = parsed
    }
    request.kept = try keptTypes.map { try TensorTypeRule($0) }
    request.minimumTypes = try minimumTypes.map {
      try TensorTypeRule($0.contains("=") ? $0 : ".=\($0)")
    }
    request.isDryRun = isPlanOnly
    return request
  }
}
