internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Where the blocks of encoded tensors lie until they are written: in a journal that a later run finds, or
/// in a scratch file.
struct BlockStore: Sendable {
  let journal: CalibrationJournal?
  private let scratch: ScratchFile?

  /// Keeps blocks in a journal where there is one.
  init(_ journal: CalibrationJournal?) throws(InferenceError) {
    self.journal = journal
    do { scratch = journal == nil ? try ScratchFile() : nil } catch {
      throw .format(FormatError(error))
    }
  }

  /// What an earlier run has encoded of a tensor in a stage.
  func found(
    _ tensor: Tensor, _ stage: Int
  ) throws(InferenceError) -> (payload: any TensorPayload, outcome: CalibratedQuantization.Outcome)?
  {
    guard let journal else { return nil }
    do {
      guard let entry = try journal.found(tensor.name, stage: stage),
        let payload = SourcePayload(tensor.layout, in: journal.source, entry.extent)
      else { return nil }
      var outcome = CalibratedQuantization.Outcome(
        name: tensor.name, encoding: tensor.layout.encoding)
      (outcome.loss, outcome.plainLoss) = (entry.loss, entry.plainLoss)
      (outcome.kept, outcome.parts) = (entry.kept, entry.parts)
      return (payload, outcome)
    } catch { throw .format(FormatError(error)) }
  }

  /// Keeps the blocks of a tensor.
  func keep(
    _ bytes: [UInt8], _ layout: TensorLayout, _ outcome: CalibratedQuantization.Outcome,
    _ stage: Int
  ) throws(InferenceError) -> any TensorPayload {
    let source: any ByteSource
    let extent: ByteExtent?
    do {
      if let journal {
        source = journal.source
        extent = try journal.keep(bytes, outcome, stage: stage)
      } else if let scratch {
        source = scratch
        let start = scratch.byteCount
        try scratch.append(bytes)
        extent = ByteExtent(
          offset: start, byteCount: UInt64(bytes.count), within: scratch.byteCount)
      } else {
        preconditionFailure("blocks have no place")
      }
    } catch { throw .format(FormatError(error)) }
    guard let extent, let payload = SourcePayload(layout, in: source, extent) else {
      preconditionFailure("blocks of another size")
    }
    return payload
  }
}
