import ByteIO
import Conversion
import Formats
import JSON
import ModelIR
import TestSupport
import Testing

@testable import Inference

/// Logits of tiny checkpoints of each architecture, as transformers computes them in float32.
struct ZooTests {
  /// Folders whose architecture is known here.
  static let architectures = ["llama"]

  @Test(.enabled(if: SharedData.isPresent), arguments: architectures)
  func logitsAreThoseOfTransformers(_ name: String) throws {
    let folder = SharedData.path("zoo/\(name)/")
    let expected = try Samples.numpy(folder + "logits.npy")
    let golden = try JSONValue.read(FileSource(path: folder + "expected.json"))
    let tokens = try #require(golden["tokens"]?.array).compactMap { $0.integer.map { Int32($0) } }
    let checkpoint = try Formats.open(path: folder + "hf")
    let half = try Converter.plan(checkpoint, ConversionOptions(recipe: .f16)).model
    for (kind, model) in [("checkpoint", try CanonicalModel.make(checkpoint)), ("F16", half)] {
      let logits = try Decoder(model).logits(of: tokens, options: InferenceOptions(threads: 2))
      let error = Samples.relativeError(logits.values, expected)
      print("\(name), \(kind): relative error \(error)")
      #expect(error < 1e-4, "\(name), \(kind)")
    }
  }
}
