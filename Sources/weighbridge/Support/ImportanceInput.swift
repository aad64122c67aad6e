import ByteIO
import Conversion
import Formats
import GGUF
import ModelIR

/// Opens an importance matrix in either of llama.cpp's formats.
enum ImportanceInput {
  /// GGUF is recognised by its first bytes; the older `.dat` has no signature and is tried otherwise.
  static func open(_ path: String) throws -> ImportanceMatrix {
    let source = try FileSource(path: path)
    guard GGUF.recognizes(try source.readPrefix(4096), in: source) else {
      return try ImportanceMatrix(legacy: source, path: path)
    }
    return try ImportanceMatrix(try ModelInput.open(path), path: path)
  }
}
