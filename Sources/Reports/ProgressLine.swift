internal import Synchronization
package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One line on standard error that says how far an activity has come, at which rate, and how long
/// it will take.
///
/// It appears only on a terminal and only once an activity takes longer than half a second.
package final class ProgressLine: ProgressObserver {
  private struct State {
    var activity = ""
    var total: UInt64 = 0
    var unit = ProgressUnit.bytes
    var start = ContinuousClock.now
    var lastDrawn = ContinuousClock.now
    var isShown = false
  }

  private let terminal: Terminal
  private let done = Atomic<UInt64>(0)
  private let state = Mutex(State())

  /// Draws on `terminal`, which is standard error's.
  package init(terminal: Terminal = .error) { self.terminal = terminal }

  /// Starts an activity.
  package func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {
    done.store(0, ordering: .relaxed)
    state.withLock { state in
      state = State()
      state.activity = activity
      state.total = total
      state.unit = unit
    }
  }

  /// Counts work, and draws at most ten times a second.
  package func advance(by amount: UInt64) {
    let count = done.wrappingAdd(amount, ordering: .relaxed).newValue
    guard terminal.isInteractive else { return }
    _ = state.withLockIfAvailable { state in
      let now = ContinuousClock.now
      guard now - state.start > .milliseconds(500),
        !state.isShown || now - state.lastDrawn > .milliseconds(100)
      else { return }
      state.lastDrawn = now
      state.isShown = true
      draw(Self.line(count, state.total, state.activity, state.unit, now - state.start, terminal))
    }
  }

  /// Removes the line.
  package func end() {
    guard terminal.isInteractive else { return }
    state.withLock { state in
      if state.isShown { draw("") }
      state.isShown = false
    }
  }

  private func draw(_ line: String) {
    let bytes = Array(("\r\u{1B}[K" + line).utf8)
    _ = unsafe write(2, bytes, bytes.count)
  }

  static func line(
    _ count: UInt64, _ total: UInt64, _ activity: String, _ unit: ProgressUnit,
    _ elapsed: Duration, _ terminal: Terminal
  ) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let rate = Double(count) / max(seconds, 1e-3)
    let share = total > 0 ? min(1, Double(count) / Double(total)) : 0
    let left = rate > 0 && total >= count ? Double(total - count) / rate : .nan
    let speed =
      unit == .bytes
      ? NumberFormat.bytes(UInt64(rate)) + "/s"
      : NumberFormat.significant(rate, 3) + " \(unit.rawValue)/s"
    let percentage = NumberFormat.fixed(share * 100, 0)
    let figures = "\(percentage) %  \(speed)  \(NumberFormat.duration(left)) left"
    let room = (terminal.width ?? 80) - figures.displayWidth - activity.displayWidth - 5
    guard room >= 8 else { return (activity + "  " + figures).displayed(columns: terminal.width) }
    let cells = min(room, 30)
    let full = Int(share * Double(cells))
    let bar =
      TextStyle.cyan.apply(String(repeating: "━", count: full), on: terminal)
      + TextStyle.dim.apply(String(repeating: "━", count: cells - full), on: terminal)
    return "\(activity)  \(bar)  \(figures)"
  }
}
