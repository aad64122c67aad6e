internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeModelIR

extension OutputWriter {
  /// Writes what is missing of one file; the sums of its tensors' errors, in their order.
  func write(
    _ part: Part, _ index: Int, of count: Int, in files: JournaledOutput
  ) throws -> [ErrorSums?] {
    guard let target = files.target(index) else {
      return Array(repeating: nil, count: part.model.tensors.count)
    }
    return try StreamingExecutor(
      workers: resources.threads, chunkBytes: resources.chunkBytes, measuring: measuring
    ).write(
      part.model, as: part.layout, to: target.sink, ledger: target.ledger,
      progress: resources.progress,
      activity: count == 1 ? activity : "\(activity), part \(index + 1) of \(count)")
  }

  /// Verifies what an interrupted run left, and sees to it that this one leaves it as well.
  func takeUp(_ files: JournaledOutput) throws -> UInt64 {
    guard files.isResumed else {
      resources.notice(
        .note, "nothing-to-resume", at: output,
        "there is no interrupted run to go on with; starting anew")
      return 0
    }
    let bytes = try files.verify(workers: resources.threads, progress: resources.progress)
    resources.observer?.resumed(bytes: bytes, of: plan.tensorBytes)
    return bytes
  }

  /// What is said where a run with `--resume` ends early.
  package static let advice =
    "what is finished was kept; the same command with --resume goes on with it"

  /// What decides the bytes of the output: the journal of another plan is refused.
  func identity(_ parts: [Part]) -> PlanIdentity {
    PlanIdentity(
      plan, of: source, from: source.origin.files.map(\.path), options,
      parts: parts.map { (ModelInput.shortName($0.path), $0.layout) },
      version: version)
  }
}
