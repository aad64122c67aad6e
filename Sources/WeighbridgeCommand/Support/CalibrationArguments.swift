import ArgumentParser
import Weighbridge

/// Options of calibrated quantization.
struct CalibrationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Choose blocks so that what the model computes on a text changes least: a file, a folder, or JSON "
        + "lines with a 'text' or 'messages' each, with a :WEIGHT where there are several (repeatable); "
        + "or one file that 'calibrate' has written.", valueName: "text"), completion: .file())
  var calibrate: [String] = []

  @Option(
    help: ArgumentHelp(
      "How hard to work: fast, good or best (default: good).", valueName: "effort"),
    completion: .list(["fast", "good", "best"]), transform: Self.effort)
  var effort: Calibration.Effort?

  @Option(
    help: ArgumentHelp(
      "Choose each tensor's encoding so that the model fits and its predicted divergence is smallest: "
        + "4.5bpw, 3.2GiB, or as:RECIPE for as much as a recipe takes.", valueName: "size"))
  var budget: String?

  @Option(
    help: ArgumentHelp(
      "With --budget: no encoding of fewer bits for tensors whose names match. Repeatable.",
      valueName: "[regex=]type"))
  var minimumTypes: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --budget: the encoding of tensors whose names match. Repeatable.",
      valueName: "regex=type"))
  var keep: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --budget: write the chosen encodings as a recipe, for --type.", valueName: "file"),
    completion: .file())
  var recipeOutput: String?

  @Option(help: ArgumentHelp("Tokens of a calibration window (default: 512).", valueName: "n"))
  var calibrationContext: Int?

  @Option(
    help: ArgumentHelp("At most this many calibration windows (default: 128).", valueName: "n"))
  var calibrationWindows: Int?

  func validate() throws {
    let needsText =
      effort != nil || calibrationContext != nil || calibrationWindows != nil || budget != nil
    if calibrate.isEmpty, needsText {
      throw ValidationError(
        "--budget, --effort and --calibration-… need a text to judge by: --calibrate TEXT")
    }
    if budget == nil, !minimumTypes.isEmpty || !keep.isEmpty || recipeOutput != nil {
      throw ValidationError(
        "--minimum-types, --keep and --recipe-output say how to meet a --budget")
    }
    if let calibrationWindows, calibrationWindows < 1 {
      throw ValidationError("--calibration-windows takes a number from 1")
    }
    if let calibrationContext, !(8...(1 << 20)).contains(calibrationContext) {
      throw ValidationError("--calibration-context takes a number from 8 to \(1 << 20)")
    }
  }

  static func effort(_ name: String) throws -> Calibration.Effort {
    guard let effort = Calibration.Effort(rawValue: name.lowercased()) else {
      throw ValidationError("--effort takes fast, good or best, not '\(name)'")
    }
    return effort
  }

  /// Sets what was asked for.
  func apply(to request: inout ConversionRequest) {
    guard !calibrate.isEmpty else { return }
    var calibration = Calibration(texts: calibrate)
    if let effort { calibration.effort = effort }
    calibration.budget = budget
    calibration.minimumTypes = minimumTypes
    calibration.keptTypes = keep
    calibration.recipeOutput = recipeOutput
    if let calibrationContext { calibration.context = calibrationContext }
    if let calibrationWindows { calibration.windowLimit = calibrationWindows }
    request.calibration = calibration
  }
}
