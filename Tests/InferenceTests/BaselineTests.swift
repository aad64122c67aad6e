import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// A stored reference against one that walks along.
struct BaselineTests {
  private let tokens: [Int32] = (0..<150).map { (index: Int32) -> Int32 in
    (index * 31 + index * index * 7) % 50
  }

  /// Keeps states in memory.
  private final class Recorder: BaselineRecorder, @unchecked Sendable {
    var states: [Float] = []
    var places: [Int] = []
    func record(states: [Float], from first: Int) {
      self.states += states
      places.append(first)
    }
  }

  @Test func whatWasStoredIsWhatWalks() throws {
    let reference = try Decoder(Samples.llama())
    let other = try Decoder(Samples.llama(seed: 2))
    let windows = try TokenWindows(tokens: tokens, context: 32, beginToken: 3)
    let options = InferenceOptions(threads: 2)
    let recorder = Recorder()
    let expected = try Comparison.measure(
      [other], against: reference, on: windows, options: options, recorder: recorder)
    #expect(recorder.places == [0])
    let baseline = try stored(reference, windows, recorder.states)
    #expect(baseline.windows.windows == windows.windows)
    #expect(baseline.windows.scored == windows.scored)
    let actual = try Comparison.measure([other], against: baseline, options: options)
    #expect(actual[0].divergence == expected[0].divergence)
    #expect(actual[0].divergences == expected[0].divergences)
    #expect(actual[0].referencePerplexity == expected[0].referencePerplexity)
    #expect(actual[0].sameTop == expected[0].sameTop)
    #expect(actual[0].layers.isEmpty)
  }

  @Test func otherVocabulariesAndBrokenPositionsAreRefused() throws {
    let reference = try Decoder(Samples.llama())
    let windows = try TokenWindows(tokens: tokens, context: 32)
    let states = [Float](repeating: 0.5, count: 4 * 15 * 24)
    let baseline = try stored(reference, windows, states)
    var sizes = Samples.Sizes()
    sizes.vocabulary = 60
    let other = try Decoder(Samples.llama(sizes))
    #expect(throws: InferenceError.self) {
      try Comparison.measure([other], against: baseline, options: InferenceOptions(threads: 1))
    }
    var model = try storedModel(reference, windows, states)
    model.metadata[Baseline.Key.firstScored] = .uint32(31)
    #expect(throws: InferenceError.self) { try Baseline(model) }
    model.metadata[Baseline.Key.firstScored] = nil
    #expect(throws: InferenceError.self) { try Baseline(model) }
  }

  private func stored(
    _ decoder: Decoder, _ windows: TokenWindows, _ states: [Float]
  ) throws -> Baseline {
    try Baseline(storedModel(decoder, windows, states))
  }

  private func storedModel(
    _ decoder: Decoder, _ windows: TokenWindows, _ states: [Float]
  ) throws -> Model {
    let parts = try #require(decoder.baseline(of: windows))
    var model = Model(origin: ModelOrigin(format: "test"))
    for (key, value) in parts.metadata { model.metadata[key] = value }
    let context = windows.windows[0].count
    model.tensors = [
      try Samples.tensor(
        "baseline.tokens", shape: [windows.windows.count, context],
        windows.windows.flatMap { $0.map { Float($0) } }),
      Tensor(name: Baseline.TensorName.head, payload: parts.head),
      try Samples.tensor(
        "baseline.states", shape: [states.count / parts.width, parts.width], states),
    ]
    return model
  }
}
