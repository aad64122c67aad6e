internal import Dispatch
internal import Synchronization
package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Says on standard error how far an activity has come: what is done of what, at which rate, and how
/// long it will take.
///
/// On a terminal it is one line that is drawn over, once an activity takes longer than half a second. In
/// a pipe, and on a dumb terminal, it is a line a minute where that is asked for.
package final class ProgressLine: ProgressObserver {
  private struct State {
    var text = ProgressText()
    var start = ContinuousClock.now
    var lastLine = ContinuousClock.now
    var rate = ProgressRate(at: ContinuousClock.now)
    var isShown = false
    var timer: (any DispatchSourceTimer)?
  }

  private let terminal: @Sendable () -> Terminal
  private let writesLines: Bool
  private let period: Duration
  private let write: @Sendable (String) -> Void
  private let done = Atomic<UInt64>(0)
  /// What of it was there already.
  private let skipped = Atomic<UInt64>(0)
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "progress", qos: .utility)

  /// Draws on `terminal`, which is asked anew each time; `writesLines` is whether a line is written every
  /// `period` where nothing can be drawn over.
  package init(
    terminal: @escaping @Sendable () -> Terminal = { .error }, writesLines: Bool = false,
    period: Duration = .seconds(60),
    write: @escaping @Sendable (String) -> Void = ProgressLine.writeToStandardError
  ) {
    self.terminal = terminal
    self.writesLines = writesLines
    self.period = period
    self.write = write
  }

  /// Starts an activity.
  package func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {
    end()
    done.store(0, ordering: .relaxed)
    skipped.store(0, ordering: .relaxed)
    guard terminal().canRedraw || writesLines else { return }
    state.withLock { state in
      state = State()
      state.text.activity = activity
      state.text.total = total
      state.text.unit = unit.rawValue
      // Also while nothing advances, so that one sees that something goes on.
      let timer = DispatchSource.makeTimerSource(queue: queue)
      timer.schedule(deadline: .now() + .milliseconds(100), repeating: .milliseconds(100))
      timer.setEventHandler { [weak self] in self?.tick() }
      timer.resume()
      state.timer = timer
    }
  }

  /// Counts work.
  package func advance(by amount: UInt64) { done.add(amount, ordering: .relaxed) }

  /// Counts work that an earlier run has done.
  package func skip(by amount: UInt64) {
    skipped.add(amount, ordering: .relaxed)
    done.add(amount, ordering: .relaxed)
  }

  /// Shows what is known so far.
  package func figure(_ text: String) { state.withLock { $0.text.figure = text } }

  /// Removes the line.
  package func end() {
    state.withLock { state in
      state.timer?.cancel()
      state.timer = nil
      clear(&state)
    }
  }

  /// Removes the line for as long as something else is written.
  package func pause(_ body: () -> Void) {
    state.withLock { state in
      clear(&state)
      body()
    }
  }

  private func clear(_ state: inout State) {
    if state.isShown { write("\r\u{1B}[K") }
    state.isShown = false
  }

  private func tick() {
    let now = ContinuousClock.now
    state.withLock { state in
      guard state.timer != nil else { return }
      state.text.count = done.load(ordering: .relaxed)
      let own = state.text.count &- min(state.text.count, skipped.load(ordering: .relaxed))
      state.rate.note(own, at: now)
      state.text.rate = state.rate.perSecond
      let total = state.text.total
      state.text.left = state.rate.left(total - min(total, state.text.count), at: now)
      let terminal = terminal()
      if terminal.canRedraw {
        guard now - state.start > .milliseconds(500) else { return }
        write("\r\u{1B}[K" + state.text.line(for: terminal))
        state.isShown = true
      } else if writesLines, now - state.lastLine >= period {
        let line = state.text.logLine.displayed()
        write((terminal.isASCII ? line.inASCII : line) + "\n")
        state.lastLine = now
      }
    }
  }

  /// Writes bytes as they are; a failure is nobody's concern.
  package static func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    #if canImport(Glibc)
      _ = unsafe Glibc.write(2, bytes, bytes.count)
    #else
      _ = unsafe Darwin.write(2, bytes, bytes.count)
    #endif
  }
}
