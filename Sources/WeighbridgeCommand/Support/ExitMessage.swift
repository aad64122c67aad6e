import Glibc
import Synchronization

/// What is said on standard error when a signal ends the process: how to go on, where work is kept.
enum ExitMessage {
  private static let text = Mutex<String?>(nil)

  /// Sets it; nil for nothing.
  static func set(_ text: String?) { Self.text.withLock { $0 = text } }

  /// Says it.
  static func say() {
    guard let text = text.withLock({ $0 }) else { return }
    let bytes = Array((text + "\n").utf8)
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
  }
}
