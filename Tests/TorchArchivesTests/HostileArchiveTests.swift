import Testing
import WeighbridgeByteIO

@testable import WeighbridgeTorchArchives

/// Files that want to run something, that lie, or that are damaged.
@Suite struct HostileArchiveTests {
  private typealias Pickle = PickleBuilder

  private func fault(
    _ pickle: [UInt8], _ storages: [[UInt8]] = [[UInt8](repeating: 0, count: 48)]
  ) -> FormatError? {
    TorchFixtures.fault(ZipBuilder(pickle: pickle, storages: storages).build())
  }

  @Test func programsAreNamedAndNotRun() throws {
    for (file, name) in [
      ("os-system", "posix.system"), ("eval", "__builtin__.eval"),
      ("whole-module", "torch.nn.modules.linear.Linear"),
    ] {
      let error = try #require(
        TorchFixtures.fault(try TorchFixtures.bytes("malformed/\(file).pt")))
      #expect(error.code == .unsafeContent)
      #expect(error.message.contains(name), "\(error)")
      #expect(error.hint != nil)
    }
    for (module, name) in [
      ("os", "system"), ("builtins", "getattr"), ("torch.hub", "load"), ("torch", "load"),
      ("collections", "OrderedDict.fromkeys"), ("", ""), ("torch._utils._rebuild", "x\u{1b}[2J"),
    ] {
      let call = Pickle.global(module, name) + [0x29, 0x52]
      let error = try #require(fault(Pickle.dictionary("w", call)))
      #expect(error.code == .unsafeContent)
      #expect(!error.message.contains("\u{1b}"))
      // The same by name from the stack, and as an instance.
      let named: [UInt8] = Pickle.text(module) + Pickle.text(name) + [0x93]
      #expect(fault(Pickle.dictionary("w", named))?.code == .unsafeContent)
      let instance: [UInt8] = [0x28, 0x69] + Array((module + "\n" + name + "\n").utf8)
      #expect(fault(Pickle.dictionary("w", instance))?.code == .unsafeContent)
    }
  }

  @Test func whatIsNoCheckpointIsSaid() throws {
    func code(_ file: String) throws -> FormatError.Code? {
      TorchFixtures.fault(try TorchFixtures.bytes("malformed/" + file))?.code
    }
    #expect(try code("compressed.pt") == .unsupportedEncoding)
    #expect(try code("plain.pickle") == .notThisFormat)
    #expect(try code("torchscript.pt") == .unsafeContent)
    var tar = [UInt8](repeating: 0, count: 1024)
    tar.replaceSubrange(0..<8, with: Array("sys_info".utf8))
    tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
    #expect(TorchFixtures.fault(tar)?.code == .unsupportedVersion)
  }

  @Test func knownFunctionsAreCalledOnlyAsTorchDoes() {
    let calls: [[UInt8]] = [
      Pickle.global("torch", "FloatStorage") + [0x29, 0x52],
      Pickle.global("torch", "float32") + [0x29, 0x52],
      Pickle.global("torch._utils", "_rebuild_tensor_v2") + [0x29, 0x52],
      Pickle.global("torch._utils", "_rebuild_parameter") + [0x4E, 0x85, 0x52],
      Pickle.global("torch._tensor", "_rebuild_from_type_v2") + [0x29, 0x52],
      Pickle.global("torch", "Size") + [0x4E, 0x85, 0x52],
      Pickle.global("_codecs", "encode") + Pickle.text("€") + Pickle.text("latin1")
        + [0x86, 0x52],
      Pickle.global("collections", "OrderedDict") + Pickle.tuple([1, 2]) + [0x85, 0x52],
      Pickle.text("a") + [0x29, 0x52],
      Pickle.text("module") + [0x85, 0x51],
      [0x5D, 0x4E, 0x62],
      Pickle.text("storage") + [0x51],
    ]
    for (index, call) in calls.enumerated() {
      #expect(fault(Pickle.dictionary("w", call)) != nil, "\(index)")
    }
  }

  @Test func tensorsStayInTheirStorage() {
    func code(
      _ count: Int, _ offset: Int, _ size: [Int], _ stride: [Int]
    ) -> FormatError.Code? {
      let tensor = Pickle.tensor(count: count, offset: offset, size: size, stride: stride)
      return fault(Pickle.dictionary("w", tensor))?.code
    }
    #expect(code(12, 0, [3, 4], [4, 1]) == nil)
    #expect(code(12, 0, [4, 3], [1, 4]) == nil)
    #expect(code(12, 1, [3, 4], [4, 1]) == .truncated)
    #expect(code(12, 0, [4, 4], [1, 4]) == .truncated)
    #expect(code(13, 0, [3, 4], [4, 1]) == .truncated)
    #expect(code(12, -1, [3, 4], [4, 1]) == .invalidValue)
    #expect(code(12, 0, [3, 4], [4, -1]) == .invalidValue)
    #expect(code(12, 0, [3, 4], [4]) == .invalidValue)
    #expect(code(12, 0, [-3], [1]) == .invalidValue)
    #expect(code(12, .max, [1], [1]) == .invalidValue)
    #expect(code(12, 0, [2], [.max]) == .invalidValue)
    #expect(code(12, 0, [.max, 2], [0, 0]) == .limitExceeded)
    #expect(code(12, 0, [1 << 40], [0]) == .limitExceeded)
    #expect(code(.max, 0, [3], [1]) == .truncated)
    #expect(code(12, 12, [0], [1]) == nil)
    #expect(code(12, 13, [0], [1]) == .truncated)
    #expect(code(12, 0, [Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65)) != nil)
  }

  @Test func picklesAreBounded() {
    let codes: [(pickle: [UInt8], code: FormatError.Code)] = [
      ([0x80, 2, 0x8D] + ZipBuilder.number(UInt64.max), .limitExceeded),
      ([0x80, 2, 0x8D] + ZipBuilder.number(UInt64(1) << 26), .truncated),
      ([0x80, 2, 0x58] + ZipBuilder.number(UInt32.max), .limitExceeded),
      ([0x80, 2, 0x8B] + ZipBuilder.number(UInt32.max), .limitExceeded),
      ([0x80, 2, 0x95] + ZipBuilder.number(UInt64.max), .truncated),
      ([0x80, 2, 0x6A] + ZipBuilder.number(UInt32.max), .invalidValue),
      ([0x80, 2, 0x30], .invalidValue),
      ([0x80, 2, 0x74], .invalidValue),
      ([0x80, 2, 0x87], .invalidValue),
      ([0x80, 2, 0x2E], .invalidValue),
      ([0x80, 2, 0x4E, 0x4E, 0x2E], .invalidValue),
      ([0x80, 2, 0x28, 0x2E], .invalidValue),
      ([0x80, 2, 0x7D, 0x28, 0x4E, 0x75, 0x2E], .invalidValue),
      ([0x80, 2, 0xFF], .invalidValue),
      ([0x80, 2, 0x80, 2], .invalidValue),
      ([0x80, 6], .unsupportedVersion),
      ([0x28], .notThisFormat),
      ([0x80, 2, 0x8C, 1, 0xFF, 0x2E], .invalidUTF8),
      ([0x80, 2, 0x63] + [UInt8](repeating: 0x61, count: 5000), .limitExceeded),
      ([0x80, 2] + [UInt8](repeating: 0x4E, count: 1 << 20) + [0x4E], .limitExceeded),
      ([0x80, 2] + [UInt8](repeating: 0x28, count: (1 << 20) + 1), .limitExceeded),
    ]
    for (index, (pickle, code)) in codes.enumerated() {
      #expect(fault(pickle)?.code == code, "\(index)")
    }
  }

  @Test func nestingWithoutEndIsRefused() {
    // A list in itself, a tower of tuples, and lists that hold the one before twice.
    let own: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
    #expect(fault(own)?.code == .limitExceeded)
    let tower = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 500_000) + [0x2E]
    #expect(fault(tower)?.code == .limitExceeded)
    var doubling: [UInt8] = [0x80, 2, 0x5D, 0x71, 0]
    for level in 1...60 {
      doubling += [0x5D, 0x71, UInt8(level), 0x68, UInt8(level - 1), 0x61]
      doubling += [0x68, UInt8(level - 1), 0x61]
    }
    // Only the last is left on the stack.
    doubling += [0x71, 61, 0x28] + [0x31] + [0x2E]
    let last = [0x80, 2, 0x28] + doubling[2...].dropLast(3) + [0x31, 0x68, 61, 0x2E]
    #expect(fault(last)?.code == .limitExceeded)
    // The same list copied by call after call.
    var copies: [UInt8] = [0x80, 2, 0x28, 0x5D, 0x71, 0, 0x28]
    for _ in 0..<10_000 { copies += [0x29, 0x29, 0x86] }
    copies += [0x65] + Pickle.global("collections", "OrderedDict") + [0x71, 1]
    for _ in 0..<10_000 { copies += [0x68, 1, 0x68, 0, 0x85, 0x52] }
    #expect(fault(copies + [0x31, 0x4E, 0x2E])?.code == .limitExceeded)
  }

  @Test func zipDirectoriesAreProven() {
    let pickle = Pickle.dictionary("w", Pickle.tensor(count: 2, size: [2], stride: [1]))
    let good = ZipBuilder(pickle: pickle, storages: [[0, 0, 0, 0, 0, 0, 0x80, 0x3F], [1, 2]])
    func code(_ change: (inout ZipBuilder) -> Void) -> FormatError.Code? {
      var zip = good
      change(&zip)
      return TorchFixtures.fault(zip.build())?.code
    }
    #expect(code { _ in } == nil)
    #expect(code { $0.comment = [1, 2, 3] } == nil)
    #expect(code { $0.gap = 4 } == .invalidValue)
    #expect(code { $0.entries[1].name = "x/data.pkl" } != nil)
    #expect(code { $0.entries[2].name = "x/data/0" } == .duplicateName)
    #expect(code { $0.entries[1].size = 1000 } == .truncated)
    #expect(code { $0.entries[1].size = 12 } == .overlap)
    #expect(code { $0.entries[1].size = .max } == .invalidValue)
    #expect(code { $0.entries[1].offset = 0 } == .invalidValue)
    #expect(code { $0.entries[1].offset = .max - 1 } == .truncated)
    #expect(code { $0.entries[1].localName = "x/data/9" } == .invalidValue)
    #expect(code { $0.entries[1].method = 8 } == .unsupportedEncoding)
    #expect(code { $0.entries[0].method = 8 } == .unsupportedEncoding)
    #expect(code { $0.entries[1].flags = 1 } == .unsupportedEncoding)
    #expect(code { $0.entries[1].name = "x/data/7" } != nil)
    #expect(code { $0.entries.remove(at: 1) } == .truncated)
    #expect(code { $0.entries.append(.init(name: "x/byteorder", bytes: [0x6D])) } == .invalidValue)
    // Two entries on the same bytes: a quine or a bomb.
    #expect(
      code {
        $0.entries.append($0.entries[1])
        $0.entries[3].name = "x/data/8"
        $0.entries[3].localName = "x/data/0"
        $0.entries[3].offset = UInt32(30 + 10 + pickle.count)
      } != nil)
  }

  @Test(arguments: ["views.pt", "legacy.pt", "protocol-5.pt", "big-endian.pt"])
  func everyTruncationIsAnError(_ file: String) throws {
    let bytes = try TorchFixtures.bytes(file)
    #expect(TorchFixtures.fault(bytes) == nil)
    for count in 0..<bytes.count {
      #expect(TorchFixtures.fault(Array(bytes[..<count])) != nil, "\(file), \(count) bytes")
    }
  }

  @Test(arguments: ["views.pt", "legacy.pt", "training.pt", "protocol-5.pt", "types.pt"])
  func damagedFilesNeverTrap(_ file: String) throws {
    let bytes = try TorchFixtures.bytes(file)
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(limit))
    }
    var opened = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0...next(3) { damaged[next(bytes.count)] = UInt8(next(256)) }
      if TorchFixtures.fault(damaged) == nil { opened += 1 }
    }
    // Flips in numbers and padding do no harm; those elsewhere are noticed.
    #expect(opened < 2900, "\(opened) of 3000 opened")
  }
}
