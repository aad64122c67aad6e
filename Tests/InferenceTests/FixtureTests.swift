import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeTokenizers

@testable import WeighbridgeInference

/// The trained fixture against what llama-perplexity measures on it.
///
/// llama.cpp rounds activations to eight bits before it multiplies them with quantized weights, and
/// stores the reference's predictions in sixteen; here neither is rounded. So perplexities agree to
/// a fraction of their error, and divergences are smaller by the noise of that rounding: half of the
/// whole at Q8_0, a tenth at Q4_K_M.
struct FixtureTests {
  @Test(.enabled(if: SharedData.isPresent))
  func perplexityAndDivergenceAreThoseOfTheReference() throws {
    let golden = try JSONValue.read(
      FileSource(path: SharedData.path("golden/perplexity.json")))
    let checkpoint = try Formats.open(path: SharedData.path("fixtures/llama"))
    func decoder(_ recipe: String) throws -> (Model, Decoder) {
      let named = try #require(RecipeRegistry.named(recipe))
      let model = try Converter.plan(checkpoint, ConversionOptions(recipe: named)).model
      return (model, try Decoder(model))
    }
    let (model, reference) = try decoder("F16")
    let tokenizer = try TextTokenizer.make(model.metadata)
    let text = try Samples.bytes(SharedData.path("fixtures/text/test.txt"))
    let windows = try TokenWindows(
      tokens: tokenizer.encode(text), context: 512, beginToken: tokenizer.beginToken)
    let recipes = ["Q8_0", "Q4_0", "Q4_K_M"]
    let results = try Comparison.measure(
      try recipes.map { try decoder($0).1 }, against: reference, on: windows,
      options: InferenceOptions(threads: 2))
    let base = try #require(golden["F16"]?["perplexity"]?.array).compactMap { $0.double }
    let own = results[0].referencePerplexity.perplexity
    #expect(abs(own.value / base[0] - 1) < 2e-5)
    #expect(abs(own.error / base[1] - 1) < 1e-4)
    for (recipe, result) in zip(recipes, results) {
      let statistics = try #require(golden[ByteString(recipe)]?["statistics"])
      func expected(_ key: ByteString) throws -> Double {
        try #require(statistics[key]?.array?.first?.double)
      }
      let perplexity = try expected("Mean PPL(Q)")
      let divergence = try expected("Mean    KLD")
      let sameTop = try expected("Same top p")
      let change = try expected("RMS Δp")
      print(
        recipe, result.perplexity.perplexity.value, perplexity, result.divergence.value, divergence,
        result.sameTop.value * 100, sameTop, result.layers)
      #expect(abs(result.perplexity.perplexity.value / perplexity - 1) < 0.001)
      #expect(result.divergence.value < divergence)
      if recipe != "Q8_0" {
        #expect(result.divergence.value > 0.85 * divergence)
        #expect(abs(result.sameTop.value * 100 - sameTop) < 1)
        #expect(abs(result.probabilityChangeRootMeanSquare.value * 100 / change - 1) < 0.1)
      }
    }
  }
}
