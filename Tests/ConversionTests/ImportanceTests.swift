import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeModelIR

/// Importance matrices in both of llama.cpp's formats.
@Suite struct ImportanceTests {
  private static func legacy(_ bytes: [UInt8]) throws(ConversionError) -> ImportanceMatrix {
    try ImportanceMatrix(legacy: MemorySource(bytes), path: "imatrix.dat")
  }

  private static func golden() throws -> [UInt8] {
    let source = try FileSource(path: SharedData.fixture("golden/imatrix.dat"))
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  @Test func bothFormatsHoldTheSameWeights() throws {
    let path = SharedData.fixture("golden/imatrix.gguf")
    let newer = try ImportanceMatrix(Formats.open(path: path), path: path)
    let older = try Self.legacy(try Self.golden())
    #expect(newer.entries.map(\.name) == older.entries.map(\.name))
    #expect(newer.entries.count == 28)
    #expect(newer.datasets == older.datasets)
    #expect(newer.chunkCount == older.chunkCount)
    for (left, right) in zip(newer.entries, older.entries) {
      #expect(left.values.count == right.values.count)
      for (a, b) in zip(left.values, right.values) { #expect(abs(a - b) <= 1e-5 * abs(a)) }
    }
  }

  /// What `llama-imatrix --in-file X.gguf --output-format dat -c 512` makes of the same sums.
  @Test(arguments: ["imatrix", "imatrix/mixtral", "imatrix/granitemoe"])
  func theOlderFormatIsLlamaCppsToTheByte(_ name: String) throws {
    let path = SharedData.fixture("golden/\(name).gguf")
    let sums = try ImportanceSums(Formats.open(path: path), path: path)
    let merged = try ImportanceSums.merged([sums], path: "sum", chunkSize: 512)
    #expect(
      try merged.legacyBytes() == TestFiles.bytes(SharedData.fixture("golden/\(name).dat")))
  }

  @Test func tensorsWithoutDataAreLeftOutOfTheOlderFormat() throws {
    func entry(_ name: ByteString, _ counts: [Int]) throws -> ImportanceSums.Entry {
      try #require(ImportanceSums.Entry(name: name, sums: [1, 2, 3, 4], counts: counts))
    }
    func bytes(_ entries: [ImportanceSums.Entry]) throws -> [UInt8] {
      try ImportanceSums(
        path: "x", entries: entries, datasets: [], chunkCount: 1, chunkSize: 4
      ).legacyBytes()
    }
    #expect(throws: ConversionError.self) { try bytes([entry("a", [0, 0])]) }
    let one = try bytes([entry("a", [0, 0]), entry("b", [5, 0])])
    // Five tokens are two windows of four: means 0.2 and 0.4, times two; without data 1, times two.
    let read = try ImportanceSums(legacy: MemorySource(one), path: "x")
    #expect(read.entries.map(\.name) == ["b"])
    #expect(read.entries[0].counts == [2])
    #expect(read.entries[0].sums == [Float(1) / 5 * 2, Float(2) / 5 * 2, 2, 2])
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Self.golden()
    for count in stride(from: 0, to: bytes.count - 64, by: 97) {
      #expect(throws: ConversionError.self) { try Self.legacy(Array(bytes.prefix(count))) }
    }
  }

  @Test func hostileCountsAreRefused() throws {
    var bytes = try Self.golden()
    for place in 0..<4 { bytes[place] = 0xFF }
    #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
    bytes = try Self.golden()
    for place in 4..<8 { bytes[place] = 0x7F }
    #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
  }

  @Test func nonFiniteWeightsAreRefused() throws {
    var bytes = try Self.golden()
    let length = Int(bytes[4])
    let first = 8 + length + 8
    bytes.replaceSubrange(first..<first + 4, with: [0, 0, 0xC0, 0x7F])
    let error = #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
    guard case .model(let fault)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(fault.code == .nonFiniteValue)
  }

  private static func entry(
    _ name: ByteString, _ sums: [Float], _ counts: [Int]
  ) throws -> ImportanceSums.Entry {
    try #require(ImportanceSums.Entry(name: name, sums: sums, counts: counts))
  }

  private static func sums(
    _ entries: [ImportanceSums.Entry], path: String = "a.gguf", isLegacy: Bool = false
  ) throws -> ImportanceSums {
    try ImportanceSums(
      path: path, entries: entries, datasets: ["\(path).txt"], chunkCount: 2, chunkSize: 4,
      isLegacy: isLegacy)
  }

  /// Sums of three files beside the same sums in plain arithmetic; a `.dat` counts windows.
  @Test func mergingAddsSumsAndCounts() throws {
    let a = try Self.sums([
      Self.entry("x", [1, 2, 3, 4], [8, 4]), Self.entry("only-a", [5, 6], [8]),
    ])
    let b = try Self.sums([Self.entry("x", [10, 20, 30, 40], [1, 2])], path: "b.gguf")
    let old = try Self.sums(
      [Self.entry("x", [0.5, 1, 1.5, 2], [3])], path: "c.dat", isLegacy: true)
    let merged = try ImportanceSums.merged([a, b, old], path: "out", chunkSize: 4)
    #expect(merged.entries.map(\.name) == ["only-a", "x"])
    #expect(merged.entries[0].sums == [5, 6] && merged.entries[0].counts == [8])
    #expect(merged.entries[1].sums == [13, 26, 39, 52])
    #expect(merged.entries[1].counts == [8 + 1 + 12, 4 + 2 + 12])
    #expect(merged.datasets == ["a.gguf.txt", "b.gguf.txt", "c.dat.txt"])
    #expect(merged.chunkCount == 21 / 4 && merged.chunkSize == 4)
    let wider = try Self.sums([Self.entry("x", [1, 2, 3], [1])], path: "wide.gguf")
    let error = #expect(throws: ConversionError.self) {
      try ImportanceSums.merged([a, wider], path: "out", chunkSize: 4)
    }
    #expect(error?.description.contains("'x'") == true)
  }

  /// Both halves of a text merged are the whole: the golden file, split by hand.
  @Test func whatWasWrittenIsReadBack() throws {
    let path = SharedData.fixture("golden/imatrix.gguf")
    let golden = try ImportanceSums(Formats.open(path: path), path: path)
    let model = try golden.model()
    let again = try ImportanceSums(model, path: "again")
    #expect(again.entries == golden.entries && again.datasets == golden.datasets)
    #expect(again.chunkCount == golden.chunkCount && again.chunkSize == golden.chunkSize)
    // llama-imatrix wrote the same tensors in the same order, and the same keys.
    let file = try Formats.open(path: path)
    #expect(model.tensors.map(\.name) == file.tensors.map(\.name))
    #expect(model.tensors.map(\.layout.shape) == file.tensors.map(\.layout.shape))
    #expect(model.metadata.entries.map(\.key) == file.metadata.entries.map(\.key))
  }

  /// An expert that saw no data weighs its columns alike, as llama.cpp reads it, and is named.
  @Test func expertsWithoutDataAreNamedAndWeighAlike() throws {
    let sums = try Self.sums([
      Self.entry("blk.0.ffn_up_exps.weight", [2, 4, 0, 0, 9, 3], [2, 0, 3])
    ])
    let problem = try #require(sums.problems.first)
    #expect(problem.severity == .warning && problem.code == "importance-without-data")
    #expect(problem.place == "blk.0.ffn_up_exps.weight" && problem.message.contains("alike: 1"))
    #expect(problem.message.contains("1 of 3 experts"))
    let matrix = ImportanceMatrix(sums)
    #expect(matrix.values(of: "blk.0.ffn_up_exps.weight") == [1, 2, 1, 1, 3, 1])
    var options = ConversionOptions(recipe: .q4_K_M)
    options.importance = matrix
    let notes = try Converter.plan(Golden.half(), options).notes
    #expect(notes.contains { $0.code == "importance-without-data" })
  }

  @Test func sizesThatDoNotFitTheModelAreRefused() throws {
    var options = ConversionOptions(recipe: .q4_K_M)
    options.importance = ImportanceMatrix(
      try Self.sums([Self.entry("blk.0.ffn_down.weight", [Float](repeating: 1, count: 100), [8])]))
    let error = #expect(throws: ConversionError.self) {
      try Converter.plan(Golden.half(), options)
    }
    guard case .model(let fault)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(fault.code == .shapeMismatch)
    #expect(fault.message.contains("100 weights for 1 × 768 columns"))
  }

  @Test func sumsThatAreNoNumbersAreRefusedInEitherFormat() throws {
    for value in [Float.nan, .infinity] {
      let error = #expect(throws: ConversionError.self) {
        try Self.sums([Self.entry("x", [1, value], [1])])
      }
      #expect(error?.description.contains("column 1") == true)
    }
  }
}
