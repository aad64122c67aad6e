import ByteIO

/// Writes a report whole or not at all.
enum TextFile {
  /// Throws where a file is in the way, before the work that the report is about.
  static func check(_ path: String, replacing: Bool) throws(IOError) {
    if !replacing, FileIdentity(path: path) != nil {
      throw IOError(.create, path: path, reason: "it exists already (use --force to replace it)")
    }
  }

  /// Writes a text.
  static func write(_ text: String, to path: String, replacing: Bool) throws(IOError) {
    let bytes = Array(text.utf8)
    let file = try AtomicFile(path: path, byteCount: UInt64(bytes.count), replaces: replacing)
    try file.sink.write(bytes, at: 0)
    try file.commit()
  }
}
