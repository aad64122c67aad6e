import TestSupport
import Testing
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// Models of architectures that only files of before GGUF have here, written by
/// `Fixtures/legacy/make_zoo.py` together with the logits that transformers computed.
@Suite struct LegacyModelTests {
  private static let tokens: [Int32] = [104, 256, 108, 108, 111, 32, 3, 200, 257, 7, 11, 99]

  @Test(arguments: [("starcoder", "starcoder"), ("gptj", "gptj"), ("gptj-turned", "gptj")])
  func givesTheLogitsOfTransformers(file: String, reference: String) throws {
    let model = try CanonicalModel.make(
      Formats.open(path: SharedData.fixture("legacy/zoo/\(file).bin")))
    let logits = try Decoder(model).logits(of: Self.tokens, options: InferenceOptions(threads: 1))
    let expected = try Samples.numpy(SharedData.fixture("legacy/zoo/\(reference).npy"))
    #expect(logits.rows == 12)
    #expect(Samples.relativeError(logits.values, expected) < 1e-5)
  }
}
