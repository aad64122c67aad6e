#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A report: text that is there all at once, and is written in order.
///
/// A file appears whole or not at all; a device or a FIFO is written into.
package struct TextOutput: Sendable {
  /// Where it goes.
  package let place: OutputPlace

  /// Looks at the place before the work that the report is about.
  package init(_ path: String, replacing: Bool) throws(IOError) {
    place = try OutputPlace(path, .startToEnd, replacing: replacing)
  }

  /// Throws where the place has become an input: to be asked when the inputs are open.
  package func checkInputs() throws(IOError) { try place.checkAgain() }

  /// Writes the report.
  package func write(_ text: String) throws(IOError) {
    let bytes = Array(text.utf8)
    guard !place.isNode else { return try writeInOrder(bytes) }
    let file = try AtomicFile(place, byteCount: UInt64(bytes.count))
    try file.sink.write(bytes, at: 0)
    try file.commit()
  }

  private func writeInOrder(_ bytes: [UInt8]) throws(IOError) {
    try InputLedger.checkUnchanged()
    // Waits where a FIFO has no reader yet, as `cp` and `tee` do.
    let descriptor = unsafe open(place.name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_APPEND)
    guard descriptor >= 0 else { throw IOError(.open, path: place.name, number: errno) }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw IOError(.write, path: place.name, number: errno)
      }
      done += count
    }
  }

  private func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      return unsafe Glibc.write(descriptor, bytes, count)
    #else
      return unsafe Darwin.write(descriptor, bytes, count)
    #endif
  }
}
