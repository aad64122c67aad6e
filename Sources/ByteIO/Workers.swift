internal import Dispatch
internal import Synchronization

/// The one place where work is spread over threads: N workers and an atomic job counter.
///
/// No queue of results, no order: a job writes where its output belongs. Memory is workers × scratch.
package enum Workers {
  /// Runs `body` for every job in `0..<jobs`, each worker with a scratch value of its own.
  ///
  /// Jobs start in order. After the first error no further job starts; that error is thrown when all
  /// workers have stopped. `count` is the largest number of jobs that run at once; the system may run
  /// fewer.
  package static func run<Scratch, Failure: Error>(
    _ jobs: Int, on count: Int, scratch makeScratch: @Sendable () -> Scratch,
    _ body: @Sendable (inout Scratch, Int) throws(Failure) -> Void
  ) throws(Failure) {
    let next = Atomic<Int>(0)
    let failure = Mutex<Failure?>(nil)
    @Sendable func loop() {
      var scratch = makeScratch()
      while true {
        let job = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard job < jobs else { return }
        do throws(Failure) { try body(&scratch, job) } catch {
          failure.withLock { if $0 == nil { $0 = error } }
          next.store(jobs, ordering: .relaxed)
        }
      }
    }
    let workers = max(1, min(count, jobs))
    if workers == 1 {
      loop()
    } else {
      DispatchQueue.concurrentPerform(iterations: workers) { _ in loop() }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
