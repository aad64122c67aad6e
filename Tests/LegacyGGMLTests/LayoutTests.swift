import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// Every layout in every container, written and read back.
@Suite struct LayoutTests {
  /// All pairs of a layout and a container.
  static let cases: [(Int, LegacyContainer)] = LegacyLayout.all.indices.flatMap { index in
    LegacyLayout.all[index].containers.filter { $0.kind != .bare }.map { (index, $0) }
  }

  @Test(arguments: cases)
  func opens(index: Int, container: LegacyContainer) throws {
    var builder = FileBuilder(LegacyLayout.all[index], container)
    let bytes = builder.writeAll()
    let file = try open(bytes)
    #expect(file.header.layout.name == builder.layout.name)
    #expect(file.header.container == container)
    #expect(file.table.records.map(\.name.text) == builder.names)
    #expect(file.table.unknown.isEmpty)
    for field in builder.layout.fields {
      guard case .integer(let name) = field else { continue }
      #expect(file.header.integer(name) == Int(builder.values[name, default: 3]))
    }
    let tree = MemoryTree(["m.bin": bytes])
    #expect(LegacyGGML.recognizes(Array(bytes.prefix(4096)), in: MemorySource(bytes)))
    let model = try LegacyGGML.open("m.bin", in: tree, limits: .default)
    #expect(model.metadata["ggml.architecture"]?.string?.text == builder.layout.name)
    for (tensor, start) in zip(model.tensors, builder.boundaries) {
      let offset = Int(try #require(tensor.location?.offset))
      #expect(offset > start && offset % Int(container.alignment) == 0)
      let size = Int(tensor.layout.byteCount)
      let read = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
      #expect(read == Array(bytes[offset..<offset + size]))
    }
  }

  /// A file that ends anywhere is refused, inside the tensors as truncated.
  ///
  /// Adapters announce nothing, so that one that ends between two tensors is an adapter as well.
  @Test(arguments: cases)
  func refusesEveryTruncation(index: Int, container: LegacyContainer) throws {
    var builder = FileBuilder(LegacyLayout.all[index], container)
    let bytes = builder.writeAll()
    let firstTensor = try #require(builder.boundaries.first) + 12 + 8 + builder.names[0].utf8.count
    var wrong: [String] = []
    // Every length up to the second tensor, and around each later one's start and middle.
    var counts = Set(0..<builder.boundaries[min(1, builder.boundaries.count - 1)])
    for boundary in builder.boundaries {
      for offset in [-1, 0, 1, 12, 30, 100] { counts.insert(boundary + offset) }
    }
    for count in counts.sorted() where count < bytes.count {
      do {
        _ = try open(Array(bytes[..<count]))
        if container.kind != .ggla || !builder.boundaries.contains(count) {
          wrong.append("\(count) of \(bytes.count) bytes were accepted")
        }
      } catch {
        let isExpected =
          count < 4
          ? error.code == .notThisFormat : count < firstTensor || error.code == .truncated
        if !isExpected || error.code == .io || error.message.contains("\n") {
          wrong.append("\(count): \(error)")
        }
      }
    }
    #expect(wrong.isEmpty, "\(builder.layout.name): \(wrong.count), \(wrong.prefix(3))")
  }

  /// Any number of the file may be anything: an answer or an error, never a trap, never much memory.
  @Test(arguments: cases)
  func survivesWrongNumbers(index: Int, container: LegacyContainer) throws {
    var builder = FileBuilder(LegacyLayout.all[index], container)
    let bytes = builder.writeAll()
    let values: [UInt32] = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x00FF_FFFF]
    var refused = 0
    for at in stride(from: 4, to: min(bytes.count - 4, 400), by: 3) {
      for value in values {
        var damaged = bytes
        for byte in 0..<4 {
          damaged[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte)))
        }
        do { _ = try open(damaged) } catch {
          refused += 1
          #expect(error.code != .io)
        }
      }
    }
    #expect(refused > 0)
  }

  @Test func namesFaults() throws {
    func code(_ change: (inout FileBuilder) -> Void) -> FormatError.Code? {
      var builder = FileBuilder(LegacyLayout.llama[0], LegacyContainer(.ggjt, 3))
      builder.writeHeader()
      change(&builder)
      do {
        _ = try open(builder.bytes)
        return nil
      } catch { return error.code }
    }
    #expect(
      code { $0.writeTensor("norm.weight", [32], type: 99, byteCount: 128, seed: 1) }
        == .unsupportedEncoding)
    #expect(
      code { $0.writeTensor("norm.weight", [33], type: 2, byteCount: 128, seed: 1) }
        == .invalidValue)
    #expect(
      code { $0.writeTensor("norm.weight", [0], type: 0, byteCount: 0, seed: 1) }
        == .invalidValue)
    #expect(
      code { $0.writeTensor("layers.7.ffn_norm.weight", [32], type: 0, byteCount: 128, seed: 1) }
        == .invalidValue)
    #expect(
      code { $0.writeTensor("elsewhere", [32], type: 0, byteCount: 128, seed: 1) }
        == .invalidValue)
    #expect(
      code {
        for _ in 0..<2 { $0.writeTensor("norm.weight", [32], type: 0, byteCount: 128, seed: 1) }
      } == .duplicateName)
    #expect(
      code {
        $0.writeTensor("norm.weight", [0xFFFF_FFFF, 0xFFFF_FFFF], type: 0, byteCount: 8, seed: 1)
      } == .invalidValue
        || code {
          $0.writeTensor("norm.weight", [0xFFFF_FFFF, 0xFFFF_FFFF], type: 0, byteCount: 8, seed: 1)
        } == .truncated)
    var builder = FileBuilder(LegacyLayout.llama[0], LegacyContainer(.ggjt, 9))
    builder.writeHeader()
    #expect(throws: FormatError.self) { _ = try open(builder.bytes) }
  }

  @Test func respectsTheLimitOfTensors() throws {
    var builder = FileBuilder(LegacyLayout.llama[0])
    let bytes = builder.writeAll()
    let error = #expect(throws: FormatError.self) {
      _ = try open(bytes, limits: ReadLimits(tensors: 3))
    }
    #expect(error?.code == .limitExceeded)
  }
}
