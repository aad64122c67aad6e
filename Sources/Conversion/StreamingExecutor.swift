internal import Synchronization
package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Writes a laid-out model: any worker writes any rows at their final place.
///
/// The header is written first; then each job reads a range of rows of one tensor and writes it at its
/// offset. Memory is workers × (rows in + rows out), whatever the model's size; the bytes are the same
/// for any number of workers. The first error stops all and is thrown.
package struct StreamingExecutor: Sendable {
  /// The largest number of jobs that run at once.
  package let workers: Int
  /// Bytes that a job reads or writes, whichever is more; one row at least.
  package let chunkBytes: Int
  /// Whether what encoding costs is measured on the way.
  package let measuring: CostMeasurement

  /// Sets the number of workers.
  package init(workers: Int, chunkBytes: Int = 1 << 22, measuring: CostMeasurement = .none) {
    self.workers = max(1, workers)
    self.chunkBytes = max(1, chunkBytes)
    self.measuring = measuring
  }

  /// Writes the header and every payload to `sink`; what lies between them is left as it is.
  ///
  /// Chunks that `ledger` knows to be there are not written again. Of a share only its own are, and the
  /// header is not. Returns for each tensor the sums of
  /// its errors, where they were measured: the same for any number of workers.
  @discardableResult
  package func write(
    _ model: Model, as layout: FileLayout, to sink: some PositionalSink,
    ledger: (any ChunkLedger)? = nil, progress: any ProgressObserver = SilentProgress(),
    activity: String = "writing", share: WorkShare? = nil
  ) throws(ConversionError) -> [ErrorSums?] {
    let all = Self.jobs(of: model, chunkBytes: chunkBytes)
    let jobs = share.map { Array(all[$0.range(of: all, model, layout.payloadOffsets)]) } ?? all
    if share == nil {
      do { try sink.write(layout.header, at: 0) } catch { throw .io(error) }
    }
    let payloads = model.tensors.map(\.payload)
    let sums = Mutex([ErrorSums?](repeating: nil, count: jobs.count))
    let total = jobs.reduce(UInt64(0)) {
      $0 + UInt64(payloads[$1.tensor].layout.bytesPerRow) * UInt64($1.rows.count)
    }
    progress.begin(activity, total: total, unit: .bytes)
    defer { progress.end() }
    try Workers.run(jobs.count, on: workers, scratch: { Scratch(measuring) }) {
      (scratch, index) throws(ConversionError) in
      let job = jobs[index]
      let payload = payloads[job.tensor]
      let bytesPerRow = payload.layout.bytesPerRow
      let chunk = FileChunk(
        offset: layout.payloadOffsets[job.tensor] + UInt64(job.rows.lowerBound * bytesPerRow),
        byteCount: job.rows.count * bytesPerRow)
      let wants = measuring.wants(payload)
      var own: ErrorSums?
      if let there = ledger?.finished(chunk), there.sums != nil || !wants {
        own = there.sums
        progress.skip(by: UInt64(chunk.byteCount))
      } else {
        own = try write(job.rows, of: payload, in: chunk, to: sink, ledger, &scratch)
        progress.advance(by: UInt64(chunk.byteCount))
      }
      if wants { sums.withLock { $0[index] = own } }
    }
    return Self.combined(sums.withLock { $0 }, jobs, tensors: payloads.count)
  }

  /// Produces rows and writes them; the sums of their errors, where they are measured.
  private func write(
    _ rows: Range<Int>, of payload: any TensorPayload, in chunk: FileChunk,
    to sink: some PositionalSink, _ ledger: (any ChunkLedger)?, _ scratch: inout Scratch
  ) throws(ConversionError) -> ErrorSums? {
    var output = scratch.takeOutput(chunk.byteCount)
    defer { scratch.output = output }
    var span = output.mutableSpan
    var all = unsafe span.mutableBytes
    var part = all._mutatingExtracting(0..<chunk.byteCount)
    var sums: ErrorSums?
    do throws(FormatError) {
      try payload.read(rows: rows, into: &part, scratch: &scratch.work)
    } catch { throw ConversionError(error) }
    if payload.step == .encoded { sums = scratch.observer?.takeSums() }
    do throws(IOError) {
      try sink.write(part.bytes, at: chunk.offset)
      try ledger?.finish(chunk, part.bytes, sums: sums)
    } catch { throw .io(error) }
    return sums
  }

  /// The sums of each tensor: those of its jobs, in their order.
  private static func combined(
    _ sums: [ErrorSums?], _ jobs: [Job], tensors: Int
  ) -> [ErrorSums?] {
    var result = [ErrorSums?](repeating: nil, count: tensors)
    for (part, job) in zip(sums, jobs) {
      guard let part else { continue }
      var whole = result[job.tensor] ?? ErrorSums()
      whole += part
      result[job.tensor] = whole
    }
    return result
  }

  /// Buffers of one worker, reused from job to job.
  private struct Scratch {
    var output: [UInt8] = []
    var work: PayloadScratch
    let observer: CostObserver?

    init(_ measuring: CostMeasurement) {
      observer = CostObserver(measuring)
      work = PayloadScratch(observer: observer)
    }

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
      let cost = tensor.payload.cost
      let limit = cost.isSearch ? max(1, chunkBytes / 8) : chunkBytes
      let step = max(1, limit / max(1, cost.bytesPerRow))
      for start in stride(from: 0, to: layout.rowCount, by: step) {
        jobs.append(Job(tensor: index, rows: start..<min(start + step, layout.rowCount)))
      }
    }
    return jobs
  }
}
