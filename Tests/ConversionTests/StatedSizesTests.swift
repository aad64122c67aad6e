import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeModelIR

/// Sizes in the metadata against the tensors and the vocabulary.
@Suite struct StatedSizesTests {
  private static let changes: [(key: ByteString, value: MetadataValue)] = [
    ("llama.feed_forward_length", .uint32(640)), ("llama.rope.dimension_count", .uint32(32)),
    ("tokenizer.ggml.eos_token_id", .uint32(1 << 20)),
    ("tokenizer.ggml.padding_token_id", .int32(-1)),
  ]

  @Test(arguments: changes.indices) func whatIsNotSoIsSaid(_ index: Int) throws {
    var model = try Golden.half()
    #expect(StatedSizes.contradictions(in: model).isEmpty)
    let (key, value) = Self.changes[index]
    #expect(model.metadata[key] != value)
    model.metadata[key] = value
    let found = StatedSizes.contradictions(in: model)
    #expect(found.map(\.code) == ["contradiction"] && found.map(\.place) == [key.text])
  }

  /// The first Qwen's number counts gate and up together.
  @Test func qwensLengthIsHalved() throws {
    var model = try Golden.half()
    let length = try #require(model.metadata["llama.feed_forward_length"]?.integer)
    model.metadata["general.architecture"] = .string("qwen")
    model.metadata["qwen.feed_forward_length"] = .uint32(UInt32(2 * length))
    #expect(StatedSizes.contradictions(in: model).isEmpty)
    model.metadata["qwen.feed_forward_length"] = .uint32(UInt32(length))
    #expect(StatedSizes.contradictions(in: model).count == 1)
  }
}
