import ByteIO
import Glibc

/// Ends the process in good order on Ctrl-C and on a request to terminate: temporary files are removed,
/// and the exit status is 128 plus the signal (130 for Ctrl-C).
enum Interruption {
  /// Takes the signals over, in a thread of its own, before any other thread starts.
  static func watch() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    unsafe pthread_create(
      &thread, nil,
      { _ in
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        var signal: Int32 = 0
        while unsafe sigwait(&signals, &signal) != 0 {}
        TemporaryFiles.removeAll()
        if isatty(STDERR_FILENO) == 1 { _ = unsafe write(STDERR_FILENO, "\r\u{1B}[K", 4) }
        Farewell.say()
        _exit(128 + signal)
      }, nil)
    pthread_detach(thread)
  }
}
