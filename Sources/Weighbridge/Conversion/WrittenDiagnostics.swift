package import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeReports

extension OutputWriter {
  /// What only writing shows: blocks that were encoded as llama.cpp does, scales that were rounded.
  package var writtenDiagnostics: [Diagnostic] {
    options.misencoded.diagnostics + (scales?.diagnostics ?? [])
  }
}

extension MisencodedReport {
  /// A warning for each encoding, with its first tensors.
  package var diagnostics: [Diagnostic] {
    Dictionary(grouping: entries, by: \.encoding.name).sorted { $0.key < $1.key }.map {
      encoding, entries in
      let blocks = entries.reduce(0) { $0 + $1.blocks }
      let tensors = entries.prefix(3).map { "\($0.tensor) \(NumberFormat.grouped($0.blocks))" }
      return Diagnostic(
        .warning, "misencoded-blocks", at: encoding,
        "\(NumberFormat.grouped(blocks)) blocks hold 32 zeros in a row and have llama.cpp's bytes, "
          + "which decode to something else (\(tensors.joined(separator: ", "))"
          + (entries.count > 3 ? " and \(entries.count - 3) more tensors" : "")
          + "); --fix-encoder-bugs writes them right")
    }
  }
}

extension LegacyReport {
  /// What rounding the scales of old blocks to half precision cost: a note for each encoding.
  package var diagnostics: [Diagnostic] {
    largestErrors.filter { $0.error != ScaleError() }.map { entry in
      Diagnostic(
        .note, "scales-rounded", at: entry.encoding.name,
        "codes kept, scales rounded to half precision with a relative error of at most "
          + NumberFormat.significant(Double(entry.error.relative), 3))
    }
  }
}
