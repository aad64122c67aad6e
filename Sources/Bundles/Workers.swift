internal import Dispatch
internal import Synchronization
internal import WeighbridgeByteIO

/// Runs jobs on threads: the only place of this module that does.
enum Workers {
  /// Runs `job` for 0 up to `count`, `workers` at a time, and returns when all are done.
  ///
  /// Jobs start in order. After a failure no further one starts; of several failures the one of the
  /// first job is thrown, so the error does not depend on the number of workers.
  static func run(
    _ workers: Int, jobs count: Int, _ job: @Sendable (Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    struct State {
      var next = 0
      var failure: (job: Int, error: FormatError)?
    }
    let state = Mutex(State())
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, count))) { _ in
      while true {
        let index: Int? = state.withLock { state in
          guard state.failure == nil, state.next < count else { return nil }
          state.next += 1
          return state.next - 1
        }
        guard let index else { return }
        do throws(FormatError) {
          try job(index)
        } catch {
          state.withLock { state in
            if state.failure.map({ index < $0.job }) ?? true { state.failure = (index, error) }
          }
        }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure.error }
  }
}
