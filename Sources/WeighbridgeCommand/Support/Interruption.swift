import Glibc
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeReports

/// Ends the process in good order on Ctrl-C and on a request to terminate: temporary files are removed,
/// and the exit status is 128 plus the signal (130 for Ctrl-C).
enum Interruption {
  /// What asks a process to end: by hand, by a scheduler, by a closed terminal, by a limit on CPU time.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU]

  /// Where the handler writes the signal's number: all that it does, as it may run anywhere.
  nonisolated(unsafe) private static var wakeEnd: Int32 = -1

  /// Takes the signals over, before any other thread starts.
  ///
  /// By handlers, not by a mask: threads of libraries are there before `main` and would not have it. A
  /// signal that the caller has ignored (`nohup`) stays so.
  static func watch() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return }
    // A write beyond a limit on files is an error that is said, and a closed pipe ends nothing midway.
    for number in [SIGXFSZ, SIGPIPE] { Glibc.signal(number, SIG_IGN) }
    unsafe wakeEnd = ends[1]
    for signal in signals { install(signal) }
    var thread = pthread_t()
    unsafe pthread_create(
      &thread, nil,
      { argument in
        Interruption.unblock()
        Interruption.wait(on: Int32(Int(bitPattern: argument)))
      }, UnsafeMutableRawPointer(bitPattern: Int(ends[0])))
    pthread_detach(thread)
  }

  private static func install(_ signal: Int32) {
    var before = sigaction()
    unsafe sigaction(signal, nil, &before)
    guard unsafe unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) != 1 else {
      return
    }
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { signal in
      var number = UInt8(truncatingIfNeeded: signal)
      _ = unsafe write(Interruption.wakeEnd, &number, 1)
    }
    action.sa_flags = SA_RESTART
    unsafe sigaction(signal, &action, nil)
  }

  /// A caller may have blocked them, and the mask is inherited.
  private static func unblock() {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static func wait(on end: Int32) -> Never {
    var signal: UInt8 = 0
    while unsafe read(end, &signal, 1) != 1 {}
    let status = 128 + Int32(signal)
    TemporaryFiles.removeAll {
      if Terminal.error.canRedraw { _ = unsafe write(STDERR_FILENO, "\r\u{1B}[K", 4) }
      ExitMessage.say()
      _exit(status)
    }
  }
}
