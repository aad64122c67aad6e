import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeModelIR
import WeighbridgeTokenizers

@testable import WeighbridgeInference

/// Perplexities that llama.cpp measured, to which its quantized activations add their noise.
struct PerplexityTests {
  @Test(
    .enabled(if: SharedData.isPresent),
    arguments: [
      ("stories260K-F16", 4.0244), ("stories260K-Q8_0", 4.0278), ("stories260K-Q4_0", 4.3607),
      ("stories260K-Q4_1", 4.2913), ("stories260K-Q5_0", 4.1216), ("stories260K-Q4_K_M", 4.1026),
    ])
  func storiesHaveTheReferencesPerplexity(_ name: String, expected: Double) throws {
    let folder = SharedData.path("gguf/stories260K-quantized/")
    let model = try Formats.open(path: folder + name + ".gguf")
    let tokenizer = try TextTokenizer.make(model.metadata)
    let source = try FileSource(path: folder + "ts40k.txt")
    let tokens = tokenizer.encode(try source.readPrefix(Int(source.byteCount)))
    let windows = try TokenWindows(
      tokens: tokens, context: 512, limit: 20, beginToken: tokenizer.beginToken)
    let result = try Perplexity.measure(
      try Decoder(model), on: windows, options: InferenceOptions(threads: 2))
    print(name, result.perplexity, result.tokens, result.windows, expected)
    // The reference rounds activations to eight bits where weights are quantized.
    #expect(abs(result.perplexity.value / expected - 1) < (name.hasSuffix("F16") ? 0.0002 : 0.002))
  }
}
