package import WeighbridgeByteIO
package import WeighbridgeInference

/// How much of the machine work may use, and who hears of it.
public struct Resources: Sendable {
  /// Threads that work at once.
  public var threads: Int
  /// Bytes for work in progress: chunks, activations.
  public var memory: UInt64
  /// Hears how far the work has come; nil for nobody.
  public var observer: (any ActivityObserver)?
  /// Hears where the time of a walk goes.
  package var profile: WorkProfile?

  /// All cores and half of the memory that the process may use, unless said otherwise.
  public init(
    threads: Int = Resources.cores, memory: UInt64 = Resources.memoryForWork,
    observer: (any ActivityObserver)? = nil
  ) {
    self.threads = max(1, threads)
    self.memory = memory
    self.observer = observer
  }

  /// The cores that this process may use: affinity, control groups and Slurm can allow fewer than the
  /// machine has.
  public static var cores: Int { Machine.current.cores }

  /// The memory that this process may use, in bytes.
  public static var physicalMemory: UInt64 { Machine.current.memory }

  /// What of it goes to work in progress, unless said otherwise: half, or what the program leaves.
  public static var memoryForWork: UInt64 { Machine.current.memoryForWork }

  /// Bytes that a worker reads or writes at a time; a worker holds its input, its output and floats.
  package var chunkBytes: Int {
    Int(min(4 << 20, max(64 << 10, memory / UInt64(threads * 8))))
  }

  /// The observer as the modules underneath know it.
  package var progress: any ProgressObserver {
    observer.map { ObservedProgress(observer: $0) } ?? SilentProgress()
  }

  /// Tells the observer.
  func notice(
    _ severity: Diagnostic.Severity, _ code: String, at place: String, _ message: String
  ) {
    observer?.noticed(Diagnostic(severity, code, at: place, message))
  }
}
