import Glibc
import Weighbridge
import WeighbridgeByteIO

/// What is piped in.
enum StandardInput {
  /// Everything on standard input.
  static func read() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(STDIN_FILENO, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw IOError(.read, path: "standard input", number: errno)
      }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= TextInput.limit else {
        throw UsageError(message: "standard input: a text has at most \(TextInput.limit) bytes")
      }
    }
  }
}
