internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeFormats
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR

/// Opens an importance matrix in either of llama.cpp's formats.
package enum ImportanceInput {
  /// GGUF is recognised by its first bytes; the older `.dat` has no signature and is tried otherwise.
  package static func open(_ path: String) throws -> ImportanceMatrix {
    ImportanceMatrix(try openSums(path))
  }

  /// The same, before sums are divided by counts.
  package static func openSums(_ path: String) throws -> ImportanceSums {
    let source = try FileSource(path: path)
    guard GGUF.recognizes(try source.readPrefix(4096), in: source) else {
      return try ImportanceSums(legacy: source, path: path)
    }
    return try ImportanceSums(try ModelInput.open(path), path: path)
  }
}
