internal import Synchronization

/// What is needed on the way from a chunk to its frames and back; one thread uses it at a time.
final class PlanarDesk: Sendable {
  let planes = Buffer(capacity: 0)
  let scratch = Buffer(capacity: 0)
  /// What a chunk is predicted to be, and how it differs.
  let base = Buffer(capacity: 0)
  let difference = Buffer(capacity: 0)

  /// As many as work at the same time.
  final class Pool: Sendable {
    private let idle = Mutex<[PlanarDesk]>([])

    func take() -> PlanarDesk { idle.withLock { $0.popLast() } ?? PlanarDesk() }
    func give(back desk: PlanarDesk) { idle.withLock { $0.append(desk) } }
  }
}
