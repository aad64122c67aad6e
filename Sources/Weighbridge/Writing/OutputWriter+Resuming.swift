internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeModelIR

extension OutputWriter {
  /// The files in the making: all of them, or a share.
  func files(for parts: [Part]) throws -> JournaledOutput {
    let files = parts.map {
      JournaledOutput.Part(path: $0.path, byteCount: $0.layout.byteCount)
    }
    guard let share else {
      return try JournaledOutput(
        path: output, parts: files, identity: identity(parts), resumes: resumes, replaces: force)
    }
    return try JournaledOutput(
      path: output, parts: files, identity: identity(parts), share: share.part,
      command: share.command, replaces: force)
  }

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
      activity: count == 1 ? activity : "\(activity), part \(index + 1) of \(count)",
      share: share?.part)
  }

  /// Says how the run begins, and verifies what an interrupted one left.
  func takeUp(_ files: JournaledOutput) throws -> UInt64 {
    switch files.beginning {
    case .anew:
      if resumes {
        resources.notice(
          .note, "nothing-to-resume", at: output,
          "there is no interrupted run to resume; starting from the beginning")
      }
      return 0
    case .discarded(let bytes):
      let share = bytes / max(1, plan.tensorBytes / 100)
      resources.notice(
        .note, "work-discarded", at: output,
        "starting from the beginning: what an interrupted run of another command left (\(min(share, 100)) %) "
          + "was removed; the same command, or --resume, would have gone on with it")
      return 0
    case .takenUp: break
    }
    let bytes = try files.verify(workers: resources.threads, progress: resources.progress)
    for damaged in files.damagedChunks {
      resources.notice(
        .warning, "chunk-damaged", at: damaged.file,
        "\(damaged.chunk.byteCount) bytes at \(damaged.chunk.offset) are not those that were written; "
          + "they are written again")
    }
    resources.observer?.resumed(bytes: bytes, of: plan.tensorBytes)
    return bytes
  }

  /// Whether the work is kept if this run is interrupted: it was asked for, or some is there already.
  package var keepsWork: Bool {
    resumes || share != nil || (!force && JournaledOutput.isBegun(output))
  }

  /// What is said where a run whose work is kept ends early.
  package static let advice =
    "interrupted: finished chunks are kept; the same command with --resume resumes"

  /// What is said where a share ends early.
  package static let shareAdvice =
    "interrupted: finished chunks are kept; the same command goes on with the share"

  /// What is said where a run whose work is not kept is interrupted.
  package static let warning =
    "interrupted: nothing was written and nothing kept; runs started with --resume can be continued"

  /// What decides the bytes of the output: the journal of another plan is refused.
  func identity(_ parts: [Part]) -> PlanIdentity {
    PlanIdentity(
      plan, of: source, from: source.origin.files.map(\.path), options,
      parts: parts.map { (ModelInput.shortName($0.path), $0.layout) },
      version: version)
  }
}
