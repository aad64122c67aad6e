import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeModelIR
import WeighbridgeReports

extension Production {
  /// Writes what is missing of one file; the sums of its tensors' errors, in their order.
  func write(
    _ part: Part, _ index: Int, of count: Int, in files: JournaledOutput
  ) throws -> [ErrorSums?] {
    guard let target = files.target(index) else {
      return Array(repeating: nil, count: part.model.tensors.count)
    }
    return try StreamingExecutor(
      workers: common.workerCount, chunkBytes: common.chunkBytes, measuring: measuring
    ).write(
      part.model, as: part.layout, to: target.sink, ledger: target.ledger,
      progress: common.progress,
      activity: count == 1 ? activity : "\(activity), part \(index + 1) of \(count)")
  }

  /// Verifies what an interrupted run left, and sees to it that this one leaves it as well.
  func takeUp(_ files: JournaledOutput) throws -> UInt64 {
    Farewell.set(Self.advice)
    guard files.isResumed else {
      Console.note("there is no interrupted run to go on with; starting anew", common.verbosity)
      return 0
    }
    let bytes = try files.verify(workers: common.workerCount, progress: common.progress)
    let share = Double(bytes) / Double(max(1, plan.tensorBytes))
    Console.note(
      "going on: \(NumberFormat.bytes(bytes)) of \(NumberFormat.bytes(plan.tensorBytes)) "
        + "(\(NumberFormat.fixed(100 * share, 0)) %) are there and verified", common.verbosity)
    return bytes
  }

  /// What is said where a run with `--resume` ends early.
  static let advice = "what is finished was kept; the same command with --resume goes on with it"

  /// What decides the bytes of the output: the journal of another plan is refused.
  func identity(_ parts: [Part]) -> PlanIdentity {
    PlanIdentity(
      plan, of: source, from: source.origin.files.map(\.path), options,
      parts: parts.map { (ModelInput.shortName($0.path), $0.layout) },
      version: Weighbridge.version)
  }
}
