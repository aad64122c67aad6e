#if canImport(Glibc)
  internal import Glibc
#endif

/// Keeps a server that closes its connection from ending the process.
///
/// libcurl is told to leave signals alone, which threads need, and its TLS library then raises SIGPIPE when
/// it writes to a closed connection (libcurl-thread(3)).
enum BrokenPipe {
  /// Runs `body` with SIGPIPE blocked on this thread; one that came meanwhile is taken away.
  static func withoutSignal<Result>(_ body: () -> Result) -> Result {
    #if canImport(Glibc)
      var pipe = sigset_t()
      var before = sigset_t()
      unsafe sigemptyset(&pipe)
      unsafe sigaddset(&pipe, SIGPIPE)
      unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before)
      defer {
        var now = timespec()
        while unsafe sigtimedwait(&pipe, nil, &now) > 0 {}
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
      }
    #endif
    return body()
  }
}
