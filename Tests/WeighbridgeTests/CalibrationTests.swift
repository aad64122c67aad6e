import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeCalibration
import WeighbridgeInference

@testable import Weighbridge

/// Calibration through the library, on a model of 16 tokens.
@Suite struct CalibrationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Data(TinyModel().bytes()).write(to: url("m.gguf"))
    // Letters in an order that no short period has.
    var (text, state) = ("", 7)
    for _ in 0..<400 {
      state = (state * 137 + 71) % 1009
      text += String("abcdefghijkl".dropFirst(state % 12).prefix(1))
    }
    try Data(text.utf8).write(to: url("t.txt"))
  }

  private func path(_ name: String) -> String { folder.path + "/" + name }
  private func url(_ name: String) -> URL { URL(fileURLWithPath: path(name)) }

  private func calibration(
    _ texts: [String], _ effort: Calibration.Effort = .good
  ) -> Calibration {
    var calibration = Calibration(texts: texts.map(path))
    calibration.effort = effort
    (calibration.context, calibration.windowLimit) = (16, 20)
    return calibration
  }

  private func quantized(
    _ calibration: Calibration, threads: Int = 2
  ) throws -> Data {
    var request = ConversionRequest(type: "Q4_0", style: .quantizer)
    request.calibration = calibration
    request.replaces = true
    let resources = Resources(threads: threads, memory: 1 << 28)
    _ = try OpenedModel(Location(path("m.gguf"))).plan(
      request, to: path("q.gguf"), using: resources
    ).write()
    return try Data(contentsOf: url("q.gguf"))
  }

  @Test(arguments: [Calibration.Effort.fast, .good, .best])
  func statisticsStandForTheirText(_ effort: Calibration.Effort) throws {
    let model = try OpenedModel(Location(path("m.gguf")))
    let own = calibration(["t.txt"], effort)
    let found = try model.collectStatistics(own, to: path("s.gguf"))
    #expect(found == (try CalibrationStatistics(path("s.gguf"))))
    #expect(found.windowCount == 18 && found.heldBackCount == 2 && found.context == 16)
    #expect(found.obstacle == nil && found.texts == [path("t.txt")])
    let direct = try quantized(own)
    #expect(try quantized(calibration(["s.gguf"], effort)) == direct)
    #expect(try quantized(own, threads: 1) == direct)
  }

  /// A run that goes on takes what is there, and what is there broken is chosen again.
  @Test func killedRunsComeToTheSameBytes() throws {
    let own = calibration(["t.txt"], .best)
    let direct = try quantized(own)
    var request = ConversionRequest(type: "Q4_0", style: .quantizer)
    request.calibration = own
    (request.resumes, request.replaces) = (true, true)
    let resources = Resources(threads: 2, memory: 1 << 28)
    func plan() throws -> Conversion {
      try OpenedModel(Location(path("m.gguf"))).plan(request, to: path("q.gguf"), using: resources)
    }
    // As if the process ended before anything was written.
    _ = try plan()
    let journal = path(".q.gguf.calibration.weighbridge-work")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: journal))
    bytes[bytes.count - 1] ^= 1
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: journal))
    let again = try plan()
    #expect(again.calibration?.journal?.isFound == true)
    _ = try again.write()
    #expect(try Data(contentsOf: url("q.gguf")) == direct)
    #expect(!FileManager.default.fileExists(atPath: journal))
  }

  @Test func statisticsOfAnotherModelAreRefused() throws {
    let model = try OpenedModel(Location(path("m.gguf")))
    try model.collectStatistics(calibration(["t.txt"], .fast), to: path("s.gguf"))
    let less = #expect(throws: WeighbridgeError.self) { try quantized(calibration(["s.gguf"])) }
    #expect(less?.message.contains("--effort fast") == true)
    var other = try TinyModel()
    try other.replace("blk.0.attn_q.weight") { Float($0 % 5) }
    try Data(other.bytes()).write(to: url("m.gguf"))
    let error = #expect(throws: WeighbridgeError.self) {
      try quantized(calibration(["s.gguf"], .fast))
    }
    #expect(error?.message.contains("another model") == true)
    let both = #expect(throws: WeighbridgeError.self) {
      try quantized(calibration(["s.gguf", "t.txt"], .fast))
    }
    #expect(both?.message.contains("only one") == true)
  }

  @Test func textsGiveWindowsByTheirWeights() throws {
    let lines = (0..<60).map { index in
      index % 2 == 0
        ? #"{"text": "abcdef"}"#
        : #"{"messages": [{"role": "a", "content": "hijk"}]}"#
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url("c.jsonl"))
    let model = try OpenedModel(Location(path("m.gguf")))
    var mixed = calibration(["t.txt"])
    mixed.texts.append(path("c.jsonl") + ":3")
    let found = try model.collectStatistics(mixed, to: path("s.gguf"))
    #expect(found.texts == [path("t.txt"), path("c.jsonl")])
    let data = try mixed.data(
      model.model, path("m.gguf"), using: Resources(threads: 1, memory: 1 << 28))
    #expect(data.windows.windows.count == 18 && data.heldBack?.windows.count == 2)
    // The end of a message is a token of its own, and occurs in the second text alone.
    let chats = data.windows.windows.filter { $0.contains(2) }
    #expect((12...14).contains(chats.count), "\(chats.count)")
    #expect(data.windows.windows.prefix(6).filter { !$0.contains(2) }.count <= 2)
    for line in [#"{"text": 1}"#, "{", #"{"messages": "x"}"#] {
      try Data(line.utf8).write(to: url("bad.jsonl"))
      #expect(throws: WeighbridgeError.self) {
        try model.collectStatistics(calibration(["bad.jsonl"]), to: path("x.gguf"))
      }
    }
  }
}
