import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Every file in `Fixtures/` that has a dump beside it, made by readers and writers of others.
@Suite struct FixtureTests {
  static let files = ["gguf", "safetensors"].flatMap { folder in
    TestFiles.names(in: SharedData.fixture(folder), suffix: ".dump")
      .map { "\(folder)/\($0.dropLast(".dump".count))" }
  }

  @Test func thereAreFixtures() { #expect(Self.files.count >= 15) }

  @Test(arguments: files) func readsAsItsDump(_ file: String) throws {
    let model = try open(file)
    let golden = try TestFiles.text(SharedData.fixture(file + ".dump"))
    #expect(try ModelDump.text(model) == golden)
  }

  /// GGUF-22: what was read is written to the same bytes, in the file's own byte order.
  @Test(arguments: files.filter { $0.hasPrefix("gguf/") && !$0.contains("version-") })
  func isWrittenToTheSameBytes(_ file: String) throws {
    let model = try open(file)
    let order = model.origin.byteOrder
    let layout = try GGUF.layOut(model, byteOrder: order)
    let bytes = try written(GGUF.stored(model, in: order), as: layout)
    let original = try TestFiles.bytes(SharedData.fixture(file))
    #expect(bytes == original)
  }

  /// GGUF-22: old versions are written as version 3, with the same content.
  @Test(arguments: ["gguf/version-1.gguf", "gguf/version-2.gguf"])
  func oldVersionsAreWrittenAsVersion3(_ file: String) throws {
    let model = try open(file)
    let bytes = try written(model, as: GGUF.layOut(model))
    let again = try GGUF.open("x", in: MemoryTree(["x": bytes]), limits: .default)
    #expect(again.origin.version == "3")
    #expect(again.metadata == model.metadata)
    #expect(try again.tensors.map(content) == model.tensors.map(content))
  }

  private func content(_ tensor: Tensor) throws -> [UInt8] {
    tensor.name.bytes + (try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount))
  }

  /// GGUF-18: a big-endian file gives the bytes of its little-endian twin.
  @Test func bigEndianIsItsTwin() throws {
    let little = try open("gguf/types.gguf")
    let big = try open("gguf/big-endian.gguf")
    #expect(big.origin.byteOrder == .big)
    #expect(big.metadata == little.metadata)
    #expect(try big.tensors.map(content) == little.tensors.map(content))
    let bytes = try written(GGUF.stored(little, in: .big), as: GGUF.layOut(little, byteOrder: .big))
    #expect(try bytes == TestFiles.bytes(SharedData.fixture("gguf/big-endian.gguf")))
  }

  /// ST-16: the reference writer's files are written to the same bytes.
  @Test(arguments: ["written", "shards-00001-of-00002", "shards-00002-of-00002", "empty"])
  func safetensorsIsWrittenToTheSameBytes(_ name: String) throws {
    let bytes = try TestFiles.bytes(SharedData.fixture("safetensors/\(name).safetensors"))
    let model = try Safetensors.open(
      "x", in: MemoryTree(["x": bytes]), limits: .default)
    #expect(try written(model, as: Safetensors.layOut(model)) == bytes)
  }

  private func open(_ file: String) throws -> Model {
    // A shard alone, so that its index beside it does not open the whole.
    if file.contains("shards-") {
      let bytes = try TestFiles.bytes(SharedData.fixture(file))
      return try Safetensors.open("x", in: MemoryTree(["x": bytes]), limits: .default)
    }
    return try Formats.open(path: SharedData.fixture(file))
  }
}
