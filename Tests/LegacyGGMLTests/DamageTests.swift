import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// Every legacy file there is, damaged: cut at every boundary, with wrong numbers in every place of the
/// header and of every record.
@Suite struct DamageTests {
  /// Fixtures, and the files of 2023 where they are at hand.
  static let files: [String] = {
    let own = TestFiles.below(SharedData.fixture("legacy"), suffixes: [".bin"])
      .map { SharedData.fixture("legacy/" + $0) }
    guard SharedData.isPresent else { return own }
    let old = TestFiles.below(SharedData.path("legacy"), suffixes: [".bin"])
      .filter { path in
        !["bad/", "truncated/", "expected-logits"].contains { path.contains($0) }
      }
      .map { SharedData.path("legacy/" + $0) }
    return own + old
  }()

  private struct Layout {
    let bytes: [UInt8]
    let headerEnd: Int
    /// Where each record starts, and the file's end.
    let boundaries: [Int]
    let dataStarts: [Int]
    let acceptsStumps: Bool
    /// Whether the vocabulary is large, so that every attempt takes long.
    var isLarge: Bool { headerEnd > 100_000 }

    init(_ path: String) throws {
      bytes = try TestFiles.bytes(path)
      let file = try LegacyFile(MemorySource(bytes), limits: .default)
      headerEnd = Int(file.header.end)
      dataStarts = file.table.records.map { Int($0.extent.offset) }
      let ends = file.table.records.map { Int($0.extent.offset + $0.extent.byteCount) }
      boundaries = [headerEnd] + ends
      acceptsStumps = file.header.layout.mayLackTensors && file.header.tokens.count >= 256
    }
  }

  /// The error, or nil where the file was opened.
  private func fault(_ bytes: [UInt8]) -> FormatError? {
    do throws(FormatError) {
      _ = try LegacyFile(MemorySource(bytes), limits: .default)
      return nil
    } catch { return error }
  }

  private func isClear(_ error: FormatError) -> Bool {
    error.code != .io && !error.description.contains("\n") && error.message.utf8.count < 400
  }

  @Test(arguments: files) func cutAnywhere(path: String) throws {
    let layout = try Layout(path)
    let size = layout.bytes.count
    var cuts = Set(layout.boundaries + layout.dataStarts)
    for boundary in layout.boundaries {
      cuts.insert(boundary + 1)
    }
    // Inside the header: every byte of its fields, then a sample.
    cuts.formUnion(0..<min(80, layout.headerEnd))
    // Large vocabularies are read from the start for every cut.
    let parts = layout.isLarge ? 8 : 64
    for part in 1..<parts { cuts.insert(layout.headerEnd * part / parts) }
    for cut in cuts.sorted() where cut >= 0 && cut < size {
      guard let error = fault(Array(layout.bytes[..<cut])) else {
        // A vocabulary is a whole file of its kind (GGML-16).
        #expect(layout.acceptsStumps && cut == layout.headerEnd, "\(path) at \(cut)")
        continue
      }
      #expect(isClear(error), "\(path) at \(cut): \(error)")
      if cut > layout.headerEnd { #expect(error.code == .truncated, "\(path) at \(cut): \(error)") }
    }
  }

  @Test(arguments: files) func wrongNumbers(path: String) throws {
    let layout = try Layout(path)
    var places = Array(stride(from: 4, to: min(64, layout.bytes.count - 4), by: 4))
    // Number of dimensions, length of the name, type and the first size of some records.
    for boundary in layout.boundaries.dropLast().prefix(3) {
      places += (0..<4).map { boundary + 4 * $0 }
    }
    for place in places where place + 4 <= layout.bytes.count {
      let values: [UInt32] = layout.isLarge ? [.max] : [0, 0x7FFF_FFFF, .max, 0x0100_0000]
      for value in values {
        var damaged = layout.bytes
        for byte in 0..<4 {
          damaged[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte)))
        }
        if let error = fault(damaged) { #expect(isClear(error), "\(path) at \(place): \(error)") }
      }
    }
    // A huge length or count is refused whatever stands behind it.
    if let first = layout.boundaries.dropLast().first {
      var damaged = layout.bytes
      for byte in 0..<4 { damaged[first + 4 + byte] = 0xFF }
      #expect(fault(damaged) != nil)
    }
  }
}
