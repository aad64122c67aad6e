public import ByteIO
public import ModelIR

/// Writes a laid-out model: any worker writes any rows at their final place.
///
/// The header is written first; then each job reads a range of rows of one tensor and writes it at its
/// offset. Memory is workers × (rows in + rows out), whatever the model's size; the bytes are the same
/// for any number of workers. The first error stops all and is thrown.
public struct StreamingExecutor: Sendable {
  /// The largest number of jobs that run at once.
  public let workers: Int
  /// Bytes that a job reads or writes, whichever is more; one row at least.
  public let chunkBytes: Int

  /// Sets the number of workers.
  public init(workers: Int, chunkBytes: Int = 1 << 22) {
    self.workers = max(1, workers)
    self.chunkBytes = max(1, chunkBytes)
  }

  /// Writes the header and every payload to `sink`; what lies between them is left as it is.
  public func write(
    _ model: Model, as layout: FileLayout, to sink: some PositionalSink,
    progress: any ProgressObserver = SilentProgress(), activity: String = "writing"
  ) throws(ConversionError) {
    do { try sink.write(layout.header, at: 0) } catch { throw .io(error) }
    let jobs = Self.jobs(of: model, chunkBytes: chunkBytes)
    let payloads = model.tensors.map(\.payload)
    progress.begin(activity, total: model.tensorBytes, unit: .bytes)
    defer { progress.end() }
    try Workers.run(jobs.count, on: workers, scratch: { Scratch() }) {
      (scratch, index) throws(ConversionError) in
      let job = jobs[index]
      let payload = payloads[job.tensor]
      let bytesPerRow = payload.layout.bytesPerRow
      let count = job.rows.count * bytesPerRow
      var output = scratch.takeOutput(count)
      defer { scratch.output = output }
      var span = output.mutableSpan
      var all = unsafe span.mutableBytes
      var part = all._mutatingExtracting(0..<count)
      if let reencoded = payload as? ReencodedPayload {
        try reencoded.produce(job.rows, into: &part, &scratch.work)
      } else {
        do throws(FormatError) { try payload.read(rows: job.rows, into: &part) } catch {
          throw ConversionError(error)
        }
      }
      let offset = layout.payloadOffsets[job.tensor] + UInt64(job.rows.lowerBound * bytesPerRow)
      do throws(IOError) { try sink.write(part.bytes, at: offset) } catch { throw .io(error) }
      progress.advance(by: UInt64(count))
    }
  }

  /// Buffers of one worker, reused from job to job.
  private struct Scratch {
    var output: [UInt8] = []
    var work = ReencodedPayload.Scratch()

    /// Lends the buffer, of `count` bytes at least; put it back afterwards.
    mutating func takeOutput(_ count: Int) -> [UInt8] {
      defer { output = [] }
      return output.count < count ? [UInt8](repeating: 0, count: count) : output
    }
  }

  /// A range of rows of one tensor.
  struct Job: Hashable, Sendable {
    let tensor: Int
    let rows: Range<Int>
  }

  /// Every row of every tensor once, in file order.
  ///
  /// Encodings that take long get smaller jobs, so that the workers finish together.
  static func jobs(of model: Model, chunkBytes: Int) -> [Job] {
    var jobs: [Job] = []
    for (index, tensor) in model.tensors.enumerated() {
      let layout = tensor.layout
      guard layout.byteCount > 0 else { continue }
      var bytesPerRow = layout.bytesPerRow
      var limit = chunkBytes
      if let reencoded = tensor.payload as? ReencodedPayload {
        bytesPerRow = max(bytesPerRow, reencoded.base.layout.bytesPerRow)
        if reencoded.isExpensive { limit = max(1, chunkBytes / 8) }
      }
      let step = max(1, limit / max(1, bytesPerRow))
      for start in stride(from: 0, to: layout.rowCount, by: step) {
        jobs.append(Job(tensor: index, rows: start..<min(start + step, layout.rowCount)))
      }
    }
    return jobs
  }
}
