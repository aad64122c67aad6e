import Synchronization
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Cut, mutated and failing files: an error or a model, never a trap.
@Suite struct HostileTests {
  /// Small files of both formats, whole.
  static let seeds: [(name: String, bytes: [UInt8])] = ["gguf", "safetensors"].flatMap { folder in
    TestFiles.names(in: SharedData.fixture(folder), suffix: "." + folder).compactMap { name in
      (try? TestFiles.bytes(SharedData.fixture("\(folder)/\(name)"))).map {
        ("\(folder)/\(name)", $0)
      }
    }
  }

  static func open(_ name: String, _ bytes: [UInt8]) throws(FormatError) -> Model {
    let tree = MemoryTree(["x": bytes])
    return name.hasPrefix("gguf")
      ? try GGUF.open("x", in: tree, limits: .default)
      : try Safetensors.open("x", in: tree, limits: .default)
  }

  /// Reads every tensor, decoded where that can be, and lays the model out again.
  static func use(_ model: Model) throws {
    for tensor in model.tensors {
      _ = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
      if let rows = FloatRows(tensor.payload) {
        _ = try rows.read(rows: 0..<tensor.layout.rowCount)
      }
    }
    _ = try? GGUF.layOut(model)
    _ = try? Safetensors.layOut(model)
  }

  /// A cut file is refused with a place, unless only the padding of the last tensor is gone.
  static func expectCut(_ name: String, _ bytes: [UInt8], at count: Int) {
    do {
      let model = try open(name, Array(bytes[..<count]))
      #expect(
        name.hasPrefix("gguf") && model.problems.contains { $0.code == "missing-padding" }
          || model.tensors.contains { $0.layout.isOpaque }, "\(name) cut at \(count)")
      #expect(throws: Never.self) { try use(model) }
    } catch {
      #expect(error.offset != nil, "\(name) cut at \(count): \(error)")
      #expect(
        [.truncated, .notThisFormat, .invalidValue].contains(error.code),
        "\(name) cut at \(count): \(error)")
    }
  }

  @Test(arguments: seeds.indices.filter { !seeds[$0].name.contains("-of-0") })
  func cutAtEveryByte(_ index: Int) {
    let (name, bytes) = Self.seeds[index]
    let step = max(1, bytes.count / 4096)
    for count in stride(from: 0, to: bytes.count, by: step) {
      Self.expectCut(name, bytes, at: count)
    }
  }

  @Test func mutatedFilesNeverTrap() throws {
    var random = SeededGenerator.announced("mutated files")
    var opened = 0
    for round in 0..<6000 {
      let seed = Self.seeds[round % Self.seeds.count]
      let bytes = Self.mutated(seed.bytes, &random)
      guard !bytes.isEmpty else { continue }
      do {
        let model = try Self.open(seed.name, bytes)
        opened += 1
        try Self.use(model)
      } catch let error as FormatError {
        #expect(!error.message.isEmpty)
      }
    }
    // Bytes of tensors may change freely, so a good part stays readable: the test sees both ways.
    #expect(opened > 600 && opened < 5900, "\(opened) of 6000 could be opened")
  }

  /// A few bytes changed, and sometimes a stretch removed, repeated or set to its extreme.
  private static func mutated(
    _ bytes: [UInt8], _ random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      // The header is where the numbers are.
      let bound = Bool.random(using: &random) ? bytes.count : min(bytes.count, 400)
      let place = Int.random(in: 0..<bound, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2: for index in place..<end { bytes[index] = 0xFF }
      case 3: for index in place..<end { bytes[index] = 0 }
      case 4: bytes.removeSubrange(place..<end)
      default: bytes.insert(contentsOf: bytes[place..<end], at: place)
      }
    }
    return bytes
  }

  /// A source whose reads begin to fail: the failure comes through as an error of the system.
  @Test(arguments: ["gguf/types.gguf", "safetensors/types.safetensors"])
  func failingReadsBecomeErrors(_ name: String) throws {
    let bytes = try TestFiles.bytes(SharedData.fixture(name))
    for allowed in 0..<3 {
      let source = FailingSource(bytes, after: allowed)
      let tree = OneSourceTree(source: source)
      do {
        let model =
          name.hasPrefix("gguf")
          ? try GGUF.open("x", in: tree, limits: .default)
          : try Safetensors.open("x", in: tree, limits: .default)
        #expect(throws: FormatError.self) { try Self.use(model) }
      } catch {
        #expect(error.code == .io)
        #expect(error.cause?.operation == .read)
      }
    }
  }

  /// GGUF-5, ST-1: limits are arguments.
  @Test func limitsAreObeyed() throws {
    let types = try TestFiles.bytes(SharedData.fixture("gguf/types.gguf"))
    let tensors = try TestFiles.bytes(SharedData.fixture("safetensors/types.safetensors"))
    var few = ReadLimits()
    few.tensors = 3
    var short = ReadLimits()
    short.stringBytes = 10
    var small = ReadLimits()
    small.headerBytes = 100
    var none = ReadLimits()
    none.metadataEntries = 1
    var arrays = ReadLimits()
    arrays.arrayElements = 1
    for limits in [few, short, none, arrays] {
      let error = #expect(throws: FormatError.self) {
        _ = try GGUF.open("x", in: MemoryTree(["x": types]), limits: limits)
      }
      #expect(error?.code == .limitExceeded)
    }
    for limits in [few, small] {
      let error = #expect(throws: FormatError.self) {
        _ = try Safetensors.open("x", in: MemoryTree(["x": tensors]), limits: limits)
      }
      #expect(error?.code == .limitExceeded)
    }
  }
}

/// Bytes of which only the first few reads succeed.
final class FailingSource: ByteSource {
  let name = "failing"
  private let base: MemorySource
  private let left: Counter

  init(_ bytes: [UInt8], after count: Int) {
    self.base = MemorySource(bytes)
    self.left = Counter(count)
  }

  var byteCount: UInt64 { base.byteCount }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    guard left.take() else { throw IOError(.read, path: name, number: 5) }
    try base.read(at: offset, into: &buffer)
  }
}

/// Counts down from any thread.
final class Counter: Sendable {
  private let value: Mutex<Int>
  init(_ count: Int) { value = Mutex(count) }
  func take() -> Bool {
    value.withLock { left in
      left -= 1
      return left >= 0
    }
  }
}

/// A tree of one source, whatever its name.
struct OneSourceTree: FileTree {
  let source: any ByteSource
  let name = "tree"
  let names = ["x"]
  func open(_ name: String) throws(IOError) -> any ByteSource {
    guard name == "x" else { throw IOError(.open, path: name, number: 2) }
    return source
  }
}
