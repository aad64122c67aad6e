import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// What `adapter_config.json` says, as PEFT 0.21 takes it, and what is refused of it.
@Suite struct AdapterSettingsTests {
  private static func settings(_ changes: [(ByteString, JSONValue)]) throws -> LoRASettings {
    try LoRASettings(object([("lora_alpha", 8), ("peft_type", "LORA")] + changes))
  }

  private static func object(_ members: [(ByteString, JSONValue)]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in members { _ = object.append(.init(key, value)) }
    return .object(object)
  }

  /// Keys, a module, and whether PEFT's `get_pattern_key` takes the key for it (run with its own code).
  private static let patterns: [(key: String, module: String, matches: Bool)] = [
    ("q_proj", "model.layers.1.self_attn.q_proj", true),
    ("proj", "model.layers.1.self_attn.q_proj", false),
    ("self_attn.q_proj", "model.layers.1.self_attn.q_proj", true),
    ("^model.layers.1.self_attn.*", "model.layers.1.self_attn.q_proj", true),
    ("^model.layers.1.self_attn.*", "model.layers.11.self_attn.q_proj", false),
    ("^layers.1.*", "model.layers.1.self_attn.q_proj", false),
    ("model.layers.0.*q_proj", "model.layers.0.self_attn.q_proj", true),
    (#"layers\.[0-3]\..*"#, "model.layers.3.mlp.up_proj", true),
    (#"layers\.[0-3]\..*"#, "model.layers.4.mlp.up_proj", false),
    ("q_proj|v_proj", "model.layers.4.self_attn.v_proj", true),
    (#".*\.(q|k)_proj"#, "model.layers.4.self_attn.k_proj", true),
    (#".*\.(q|k)_proj"#, "model.layers.4.self_attn.v_proj", false),
  ]

  @Test(arguments: patterns.indices)
  func patternsMatchAsInPEFT(_ index: Int) throws {
    let (key, module, matches) = Self.patterns[index]
    let settings = try Self.settings([("alpha_pattern", Self.object([(ByteString(key), 32)]))])
    let alpha = try settings.alpha(of: ByteString(module + ".weight"), rank: 4)
    #expect(alpha == (matches ? 32 : 8))
  }

  @Test func aRankThatContradictsTheTensorIsRefused() throws {
    let settings = try Self.settings([
      ("r", 4), ("rank_pattern", Self.object([("q_proj", 16)])),
    ])
    #expect(try settings.alpha(of: "a.q_proj.weight", rank: 16) == 8)
    #expect(try settings.alpha(of: "a.v_proj.weight", rank: 4) == 8)
    #expect(throws: ModelError.self) { try settings.alpha(of: "a.q_proj.weight", rank: 4) }
    #expect(throws: ModelError.self) { try settings.alpha(of: "a.v_proj.weight", rank: 16) }
  }

  @Test(arguments: [
    ("init_lora_weights", "\"pissa\""), ("init_lora_weights", "\"pissa_niter_4\""),
    ("init_lora_weights", "\"olora\""), ("layer_replication", "[[0,2],[1,2]]"),
    ("target_parameters", "[\"mlp.experts.down_proj\"]"), ("lora_bias", "true"),
    ("alora_invocation_tokens", "[1,2]"),
  ])
  func whatIsMoreThanAProductIsRefusedWithAWayOn(_ key: String, _ value: String) throws {
    let parsed = try JSONValue.parse(Array(value.utf8), depth: 8)
    let error = #expect(throws: ModelError.self) {
      try Self.settings([(ByteString(key), parsed)])
    }
    #expect(error?.message.contains(key) == true)
    #expect(error?.hint?.isEmpty == false)
  }

  @Test(arguments: ["true", "\"gaussian\"", "\"eva\"", "\"orthogonal\""])
  func startsThatLeaveTheBaseAloneAreTaken(_ value: String) throws {
    let parsed = try JSONValue.parse(Array(value.utf8), depth: 8)
    #expect(throws: Never.self) { try Self.settings([("init_lora_weights", parsed)]) }
  }

  private static func matrix(_ name: ByteString, _ rows: [[Float]]) throws -> Tensor {
    let shape = try #require(TensorShape([rows.count, rows[0].count]))
    let layout = try #require(TensorLayout(shape, .f32))
    let bytes = rows.joined().flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    return try Tensor(name: name, payload: #require(MemoryPayload(layout, bytes)))
  }

  @Test func rowsOfTokensAreReplaced() throws {
    let base = try Self.matrix("w", (0..<6).map { row in (0..<4).map { Float(row * 10 + $0) } })
    let rows = try Self.matrix("d", [[-1, -2, -3, -4], [5, 6, 7, 8]])
    let merged = try #require(ReplacedRowsPayload(base.payload, [4, 1], rows.payload))
    let floats = try #require(FloatRows(merged)).read(rows: 0..<6)
    #expect(Array(floats[16..<20]) == [-1, -2, -3, -4])
    #expect(Array(floats[4..<8]) == [5, 6, 7, 8])
    #expect(Array(floats[8..<12]) == [20, 21, 22, 23])
    #expect(ReplacedRowsPayload(base.payload, [6, 1], rows.payload) == nil)
    #expect(ReplacedRowsPayload(base.payload, [1, 1], rows.payload) == nil)
  }

  @Test func magnitudesGiveRowsTheirLength() throws {
    let base = try Self.matrix("w", [[3, 4], [1, 0]])
    let pair = LoRAAdapter.Pair(
      a: try Self.matrix("a", [[1, 2]]), b: try Self.matrix("b", [[1], [2]]), factor: 0.5,
      isTransposed: false, magnitudes: try Self.matrix("m", [[10, 2]]))
    let merged = try #require(MergedPayload(base.payload, pair, factor: 0.5))
    let floats = try #require(FloatRows(merged)).read(rows: 0..<2)
    // W + B A / 2 is [3.5, 5] and [2, 2]; the lengths are 10 and 2.
    let wanted: [Double] = [
      35 / (3.5 * 3.5 + 25).squareRoot(), 50 / (3.5 * 3.5 + 25).squareRoot(),
      2.0.squareRoot(), 2.0.squareRoot(),
    ]
    for (value, want) in zip(floats, wanted) { #expect(abs(Double(value) - want) < 1e-5) }
  }
}
