import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Names that vendors put around a family's: wrappers, towers, base models, next-token layers, and
/// experts as transformers 5 stacks them.
///
/// A checkpoint of the zoo is told in other words, and must become what it becomes by its own.
@Suite(.enabled(if: SharedData.isPresent)) struct SourceNamesTests {
  private func checkpoint(_ name: String) throws -> Model {
    try Formats.open(path: SharedData.path("zoo/\(name)/hf"))
  }

  private func sameTensors(_ model: Model, as other: Model) throws {
    let expected = try CanonicalModel.make(other).tensors
    let tensors = try CanonicalModel.make(model).tensors
    #expect(Set(tensors.map(\.name)) == Set(expected.map(\.name)))
    for tensor in expected {
      let own = try #require(tensors.first { $0.name == tensor.name })
      #expect(own.layout == tensor.layout, "\(tensor.name)")
      #expect(try Golden.digest(own) == Golden.digest(tensor), "\(tensor.name)")
    }
  }

  @Test(arguments: ["qwen3", "llama", "gemma3"])
  func aBaseModelsNamesHaveNoPrefix(_ name: String) throws {
    var model = try checkpoint(name)
    for index in model.tensors.indices {
      let text = model.tensors[index].name.text
      if text.hasPrefix("model.") {
        model.tensors[index].name = ByteString(text.dropFirst("model.".count))
      }
    }
    try sameTensors(model, as: checkpoint(name))
  }

  @Test func aWrapperAndItsTowersAreLeftOutAndCounted() throws {
    let plain = try checkpoint("gemma3")
    var model = plain
    for index in model.tensors.indices {
      model.tensors[index].name = ByteString("language_model." + model.tensors[index].name.text)
    }
    let payload = try #require(plain.tensors.first).payload
    for name: ByteString in [
      "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight",
      "vision_tower.vision_model.embeddings.patch_embedding.weight",
      "multi_modal_projector.mm_input_projection_weight",
    ] {
      model.tensors.append(Tensor(name: name, payload: payload))
    }
    try sameTensors(model, as: plain)
    let notes = try CanonicalModel.make(model).problems.filter { $0.code == "tensors-left-out" }
    #expect(notes.count == 1)
    #expect(notes.first?.message.contains("2 of the vision tower") == true)
    #expect(notes.first?.message.contains("1 of the projector") == true)
  }

  @Test func layersBehindTheLastThatPredictFurtherTokensAreLeftOut() throws {
    let plain = try checkpoint("deepseek3")
    var model = plain
    let layers = try #require(
      JSONValue.read(FileSource(path: SharedData.path("zoo/deepseek3/hf/config.json")))[
        "num_hidden_layers"]?.integer)
    let payload = try #require(plain.tensors.first).payload
    let names = ["eh_proj", "enorm", "hnorm", "embed_tokens", "shared_head.head"]
    for name in names {
      model.tensors.append(
        Tensor(name: ByteString("model.layers.\(layers).\(name).weight"), payload: payload))
    }
    try sameTensors(model, as: plain)
    // A layer that is none of these is a contradiction.
    model = plain
    model.tensors.append(
      Tensor(
        name: ByteString("model.layers.\(layers).input_layernorm.weight"), payload: payload))
    #expect(throws: ConversionError.self) { try CanonicalModel.make(model) }
  }

  @Test(arguments: ["qwen3moe", "mixtral"])
  func expertsMayBeStackedAlready(_ name: String) throws {
    let plain = try checkpoint(name)
    var model = plain
    let mark = name == "mixtral" ? ".block_sparse_moe.experts." : ".mlp.experts."
    model.tensors.removeAll { $0.name.text.contains(mark) }
    let (gate, up, down) =
      name == "mixtral" ? ("w1", "w3", "w2") : ("gate_proj", "up_proj", "down_proj")
    for layer in 0..<8 {
      func part(_ kind: String) throws -> [any TensorPayload] {
        (0..<64).compactMap { expert in
          plain.tensor(named: ByteString("model.layers.\(layer)\(mark)\(expert).\(kind).weight"))?
            .payload
        }
      }
      let gates = try part(gate)
      guard !gates.isEmpty else { break }
      let ups = try part(up)
      let both = try zip(gates, ups).map { try joined($0, $1) }
      let names = "model.layers.\(layer).mlp.experts."
      model.tensors.append(
        Tensor(
          name: ByteString(names + "gate_up_proj"), payload: try #require(StackedPayload(both))))
      model.tensors.append(
        Tensor(
          name: ByteString(names + "down_proj"),
          payload: try #require(StackedPayload(part(down)))))
    }
    if name == "mixtral" {
      for index in model.tensors.indices {
        let text = model.tensors[index].name.text
        model.tensors[index].name = ByteString(
          text.replacing(".block_sparse_moe.gate.", with: ".mlp.gate."))
      }
    }
    try sameTensors(model, as: plain)
  }

  /// Rows of one matrix behind those of another.
  private func joined(
    _ first: any TensorPayload, _ second: any TensorPayload
  ) throws -> any TensorPayload {
    let stack = try #require(StackedPayload([first, second]))
    return try #require(
      ReshapedPayload(stack, [2 * first.layout.rowCount, first.layout.shape.rowLength]))
  }
}
