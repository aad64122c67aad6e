import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Recipes that users write (Specs/recipes.md).
@Suite struct UserRecipeTests {
  private static func recipe(_ text: String) throws -> UserRecipe {
    try UserRecipe(JSONValue.parse(Array(text.utf8)), in: "my.yaml", name: "my")
  }

  private static func encodings(
    _ text: String, _ change: (inout ConversionOptions) throws -> Void = { _ in }
  ) throws -> [String: Encoding] {
    var options = ConversionOptions()
    options.adopt(try recipe(text))
    try change(&options)
    let plan = try Converter.plan(Golden.half(), options)
    return Dictionary(uniqueKeysWithValues: plan.rows.map { ($0.name.text, $0.encoding) })
  }

  @Test func aBaseIsTheEncodingOfEveryMatrix() throws {
    for (name, encoding) in try Self.encodings(#"{"base": "q4_k"}"#) {
      #expect(encoding == (name.contains("norm") ? .f32 : .q4_K), "\(name)")
    }
    #expect(try Self.recipe(#"{"base": "Q4_K"}"#).recipe.fileType == Recipe.q4_K_M.fileType)
    #expect(try Self.recipe(#"{"base": "Q4_K"}"#).recipe.name == "my")
    #expect(try Self.recipe(#"{"base": "Q4_K", "name": "x"}"#).recipe.name == "x")
  }

  /// Under another name a recipe makes the same choices.
  @Test(arguments: RecipeRegistry.all.map(\.name))
  func aRecipeWithoutRulesIsThatRecipe(_ name: String) throws {
    var (own, user) = (ConversionOptions(recipe: RecipeRegistry.named(name)), ConversionOptions())
    user.adopt(try Self.recipe("{\"recipe\": \"\(name)\"}"))
    (own.isDryRun, user.isDryRun) = (true, true)
    let (left, right) = (
      try Converter.plan(Golden.half(), own), try Converter.plan(Golden.half(), user)
    )
    #expect(left.rows == right.rows && right.recipe == "my")
    #expect(left.model.metadata["general.file_type"] == right.model.metadata["general.file_type"])
  }

  @Test func theFirstRuleThatMatchesCounts() throws {
    let encodings = try Self.encodings(
      #"""
      {"base": "Q4_K", "output": "Q8_0", "embedding": "Q6_K", "rules": [
        {"role": ["value", "key"], "layers": "first 1/4, -1", "type": "Q8_0"},
        {"match": "FFN_down", "layers": [1, "2-3"], "type": "Q5_K"},
        {"role": "feed-forward", "type": "Q3_K"},
        {"match": "blk\\.2\\.attn_output", "type": "keep"},
        {"experts": true, "type": "Q2_K"}]}
      """#)
    let expected: [String: Encoding] = [
      "blk.0.attn_v.weight": .q8_0, "blk.3.attn_k.weight": .q8_0, "blk.1.attn_v.weight": .q4_K,
      "blk.0.ffn_down.weight": .q3_K, "blk.1.ffn_down.weight": .q5_K,
      "blk.3.ffn_down.weight": .q5_K, "blk.2.ffn_up.weight": .q3_K,
      "blk.2.attn_output.weight": .f16, "blk.1.attn_output.weight": .q4_K,
      "output.weight": .q8_0, "token_embd.weight": .q6_K, "output_norm.weight": .f32,
    ]
    for (name, encoding) in expected { #expect(encodings[name] == encoding, "\(name)") }
  }

  @Test func theCommandLineComesFirst() throws {
    let text = #"{"base": "Q4_K", "output": "Q8_0", "rules": [{"role": "value", "type": "Q8_0"}]}"#
    let encodings = try Self.encodings(text) {
      $0.tensorTypes = [try TensorTypeRule("attn_v=Q5_K")]
      $0.outputType = .q6_K
    }
    #expect(encodings["blk.0.attn_v.weight"] == .q5_K && encodings["output.weight"] == .q6_K)
  }

  @Test func theFallbackIsTheUsers() throws {
    let shape = try #require(TensorShape([64, 96]))
    var model = try Golden.half()
    let base = try #require(model.tensors.first { $0.name == "blk.0.ffn_up.weight" })
    let reshaped = try #require(
      TensorLayout(shape, base.layout.encoding).flatMap { ZeroPayload($0) })
    model.tensors.append(Tensor(name: "blk.0.odd.weight", payload: reshaped))
    for (text, encoding): (String, Encoding) in [
      (#"{"base": "Q4_K"}"#, .q5_0), (#"{"base": "Q4_K", "fallback": "Q8_0"}"#, .q8_0),
      (#"{"base": "Q4_K", "fallback": "Q6_K"}"#, .f16),
    ] {
      var options = ConversionOptions()
      options.adopt(try Self.recipe(text))
      let row = try Converter.plan(model, options).rows.first { $0.name == "blk.0.odd.weight" }
      #expect(row?.encoding == encoding, "\(text)")
    }
  }

  /// Every fault names the file and the key.
  @Test func faultsNameTheirKey() throws {
    for (text, place) in [
      ("[]", "keys with values"), ("{}", "'base'"),
      (#"{"base": "Q4_K", "recipe": "Q8_0"}"#, "'base'"),
      (#"{"base": "Q9_9"}"#, "'base'"), (#"{"base": 4}"#, "'base'"),
      (#"{"recipe": "nonsense"}"#, "'recipe'"), (#"{"base": "Q4_K", "colour": 1}"#, "'colour'"),
      (#"{"base": "Q4_K", "output": "x"}"#, "'output'"),
      (#"{"base": "Q4_K", "rules": {}}"#, "'rules'"),
      (#"{"base": "Q4_K", "rules": [{"type": "Q8_0"}]}"#, "'rules[1]'"),
      (#"{"base": "Q4_K", "rules": [{"role": "value"}]}"#, "'rules[1].type'"),
      (#"{"base": "Q4_K", "rules": [{"role": "values", "type": "Q8_0"}]}"#, "'rules[1].role'"),
      (#"{"base": "Q4_K", "rules": [{"match": "(", "type": "Q8_0"}]}"#, "'rules[1].match'"),
      (
        #"{"base": "Q4_K", "rules": [{"role": "up", "type": "Q8_0"}, {"layers": "x", "type": "F16"}]}"#,
        "'rules[2].layers'"
      ),
      (#"{"base": "Q4_K", "rules": [{"experts": 1, "type": "Q8_0"}]}"#, "'rules[1].experts'"),
      (#"{"base": "Q4_K", "rules": [{"role": "up", "typ": "Q8_0"}]}"#, "'rules[1].typ'"),
    ] {
      let error = #expect(throws: FormatError.self, "\(text)") { try Self.recipe(text) }
      #expect(error?.description.contains(place) == true, "\(String(describing: error))")
      #expect(error?.description.contains("my.yaml") == true)
    }
  }

  @Test func layersAreChosenByNumberAndByShare() throws {
    for (text, layers) in [
      ("3", [3]), ("0-3, 9", [0, 1, 2, 3, 9]), ("-1", [15]), ("-3--2", [13, 14]),
      ("first 2", [0, 1]), ("last 2", [14, 15]), ("first 1/8", [0, 1]), ("last 12.5%", [14, 15]),
      ("25%-50%", [4, 5, 6, 7]), ("3/4-1/1", [12, 13, 14, 15]), ("2 - 4", [2, 3, 4]),
      ("first 0", []), ("first 100%", Array(0..<16)),
    ] {
      let selection = try #require(LayerSelection(text), "\(text)")
      #expect((0..<16).filter { selection.contains($0, of: 16) } == layers, "\(text)")
    }
    for text in ["", "x", "3,", "first", "first x", "1/0", "9/8", "101%", "4-2", "1e9", "--1"] {
      #expect(LayerSelection(text) == nil, "\(text)")
    }
  }
}
