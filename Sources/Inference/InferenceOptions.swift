package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// How much of the machine inference may use.
package struct InferenceOptions: Sendable {
  /// Threads that work at once.
  package var threads: Int
  /// Bytes for activations and for the weights that are at work.
  ///
  /// More windows of the text walk together when there is more.
  package var memory: UInt64
  /// Hears how far the work has come, in tokens.
  package var progress: any ProgressObserver
  /// Hears where the time goes, if anybody asks.
  package var profile: WorkProfile?

  /// Options; two gibibytes and silence unless said otherwise.
  package init(
    threads: Int, memory: UInt64 = 2 << 30, progress: any ProgressObserver = SilentProgress()
  ) {
    self.threads = max(1, threads)
    self.memory = memory
    self.progress = progress
  }
}

/// Why inference stopped.
package enum InferenceError: Error, Hashable, Sendable {
  /// The model does not fit what was asked.
  case model(ModelError)
  /// The bytes of the model are not what the format says, or could not be read.
  case format(FormatError)
}
