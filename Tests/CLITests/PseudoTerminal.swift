import Foundation
import Synchronization
import TestSupport

/// A terminal that nobody sees: programs run in it as they do in front of a person.
final class PseudoTerminal {
  private let master: Int32
  private let slave: Int32
  private let process = Process()
  /// What another thread has read, and whether it has come to the end.
  private final class Shown: Sendable {
    let bytes = Mutex([UInt8]())
    let isWhole = Atomic<Bool>(false)
  }
  private let shown = Shown()

  /// Starts a program in a terminal of so many columns.
  init(
    _ path: String, _ arguments: [String], columns: Int,
    in folder: String = SharedData.packageFolder, environment: [String: String] = [:]
  ) throws {
    // What posix_openpt, unlockpt and ptsname do, which Glibc's module does not show (ioctl_tty(2)).
    master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (number, locked): (Int32, Int32) = (0, 0)
    guard master >= 0, unsafe ioctl(master, 0x4004_5431, &locked) == 0,
      unsafe ioctl(master, 0x8004_5430, &number) == 0
    else { throw CocoaError(.fileReadUnknown) }
    slave = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw CocoaError(.fileReadUnknown) }
    Self.resize(master, columns)
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var all = ProcessInfo.processInfo.environment
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "LC_ALL", "LC_CTYPE"] { all[name] = nil }
    all["TERM"] = "xterm-256color"
    all["LANG"] = "C.UTF-8"
    process.environment = all.merging(environment) { $1 }
    let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    close(slave)
    // The reader has a descriptor of its own: one that it shared could be closed and given to the next
    // terminal while the thread still waits for its turn, and it would read what is not its own.
    let (descriptor, shown) = (fcntl(master, F_DUPFD_CLOEXEC, 0), shown)
    Thread {
      var chunk = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        guard count > 0 else { break }
        shown.bytes.withLock { $0 += chunk[..<count] }
      }
      close(descriptor)
      shown.isWhole.store(true, ordering: .releasing)
    }.start()
  }

  private static func resize(_ descriptor: Int32, _ columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  /// Changes the width, as somebody does who draws a window smaller.
  func resize(columns: Int) { Self.resize(master, columns) }

  /// Presses keys.
  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = unsafe write(master, bytes, bytes.count)
  }

  /// Everything that was shown so far.
  var text: String { String(decoding: shown.bytes.withLock { $0 }, as: UTF8.self) }

  /// Waits until something is shown, ten seconds at most.
  func wait(seconds: Int = 10, for condition: (String) -> Bool) -> Bool {
    for _ in 0..<seconds * 50 {
      if condition(text) { return true }
      usleep(20_000)
    }
    return condition(text)
  }

  /// Ends the program.
  func stop() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  /// Waits for the end; what was shown, and the exit status.
  func finish() -> (text: String, status: Int32) {
    process.waitUntilExit()
    // What was written last may still be on its way; a child that was left behind may keep it open.
    for _ in 0..<1000 where !shown.isWhole.load(ordering: .acquiring) { usleep(10_000) }
    return (text, process.terminationStatus)
  }

  deinit { close(master) }

  /// A text without escape sequences and bells.
  static func plain(_ text: String) -> String {
    text.replacing(#/\u{1B}\[[0-9;?]*[A-Za-z]/#, with: "").replacing("\u{7}", with: "")
  }

  /// The lines of a text as a terminal shows them.
  static func lines(_ text: String) -> [String] {
    plain(text)
      .split(whereSeparator: { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }).map { String($0) }
  }
}
