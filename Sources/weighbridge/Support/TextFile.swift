import ByteIO

/// Writes a report whole or not at all.
enum TextFile {
  static func write(_ text: String, to path: String, replacing: Bool) throws(IOError) {
    let bytes = Array(text.utf8)
    let file = try AtomicFile(path: path, byteCount: UInt64(bytes.count), replaces: replacing)
    try file.sink.write(bytes, at: 0)
    try file.commit()
  }
}
