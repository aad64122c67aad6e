package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How much of the machine work may use, and who hears of it.
public struct Resources: Sendable {
  /// Threads that work at once.
  public var threads: Int
  /// Bytes for work in progress: chunks, activations.
  public var memory: UInt64
  /// Hears how far the work has come; nil for nobody.
  public var observer: (any ActivityObserver)?

  /// All cores and half of the memory, unless said otherwise.
  public init(
    threads: Int = Resources.cores, memory: UInt64 = Resources.physicalMemory / 2,
    observer: (any ActivityObserver)? = nil
  ) {
    self.threads = max(1, threads)
    self.memory = memory
    self.observer = observer
  }

  /// The cores of this machine.
  public static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// The memory of this machine, in bytes.
  public static var physicalMemory: UInt64 {
    UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 1)) * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1))
  }

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
