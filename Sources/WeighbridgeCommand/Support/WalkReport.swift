import Weighbridge
import WeighbridgeByteIO
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeReports

/// What a walk will need, and where its time went.
enum WalkReport {
  /// The plan, as `--dry-run` prints it.
  static func text(_ plan: WalkFigures) -> String {
    let bytes = { (count: Int) in NumberFormat.bytes(UInt64(max(0, count))) }
    let rows = [
      (
        "windows",
        "\(plan.windows) of \(plan.windowTokens) tokens, \(plan.windowsPerBatch) at a time"
      ),
      ("passes", "\(plan.passes) over \(NumberFormat.bytes(plan.weightBytes)) of weights"),
      ("activations", "\(bytes(plan.activationBytes)), \(bytes(plan.bytesPerWindow)) a window"),
      ("panels", "\(bytes(plan.panelBytes)) for each of \(plan.workers) workers"),
      ("head", bytes(plan.headBytes)),
      ("scores", bytes(plan.scoreBytes)),
      ("together", "\(bytes(plan.totalBytes)) of \(NumberFormat.bytes(plan.memory)) allowed"),
    ]
    return Facts(rows).text(for: Terminal.output)
  }

  /// The plan as JSON.
  static func json(_ plan: WalkFigures) -> JSONValue {
    [
      "windows": .integer(plan.windows), "windowTokens": .integer(plan.windowTokens),
      "windowsPerBatch": .integer(plan.windowsPerBatch), "passes": .integer(plan.passes),
      "weightBytes": JSONValue(plan.weightBytes),
      "activationBytes": .integer(plan.activationBytes),
      "bytesPerWindow": .integer(plan.bytesPerWindow), "workers": .integer(plan.workers),
      "panelBytes": .integer(plan.panelBytes), "headBytes": .integer(plan.headBytes),
      "scoreBytes": .integer(plan.scoreBytes), "totalBytes": .integer(plan.totalBytes),
      "memory": JSONValue(plan.memory),
    ]
  }

  /// Where the time went, as `--verbose` prints it.
  static func text(_ profile: WorkProfile) -> String {
    let total = WorkProfile.Part.allCases.reduce(0) { $0 + profile.seconds($1) }
    let rate = Double(profile.tokens) / max(profile.elapsed, 1e-9)
    var text =
      "\(NumberFormat.grouped(profile.tokens)) tokens in \(NumberFormat.fixed(profile.elapsed, 2)) s, "
      + "\(NumberFormat.fixed(rate, 1)) tokens a second\n"
    for part in WorkProfile.Part.allCases {
      let seconds = profile.seconds(part)
      let share = NumberFormat.fixed(100 * seconds / max(total, 1e-9), 1) + " %"
      text += "  " + part.name.padding(to: 16) + NumberFormat.fixed(seconds, 2).padding(left: 9)
      text += " s" + share.padding(left: 9)
      let operations = profile.operations(part)
      if operations > 0, seconds > 0 {
        text += "  \(NumberFormat.fixed(Double(operations) / seconds / 1e9, 1)) GFLOP/s a worker"
      }
      text += "\n"
    }
    return text.wrapped(for: Terminal.output)
  }

  /// The same as JSON.
  static func json(_ profile: WorkProfile) -> JSONValue {
    var seconds = JSONObject()
    for part in WorkProfile.Part.allCases {
      seconds["\(part)"] = .double(profile.seconds(part))
    }
    return [
      "elapsed": .double(profile.elapsed), "tokens": .integer(profile.tokens),
      "tokensPerSecond": .double(Double(profile.tokens) / max(profile.elapsed, 1e-9)),
      "workerSeconds": .object(seconds),
    ]
  }
}

extension String {
  /// The text and spaces up to a width.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// Spaces and the text.
  fileprivate func padding(left width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
