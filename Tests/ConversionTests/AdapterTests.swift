import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// A PEFT adapter as GGUF, beside what llama.cpp's converter makes of it, and added to its checkpoint.
@Suite struct AdapterTests {
  private static let folder = SharedData.fixture("adapters/jargon-lora")

  private static func plan(_ recipe: Recipe) throws -> ConversionPlan {
    var options = ConversionOptions(recipe: recipe)
    options.base = try DirectoryTree(path: SharedData.fixture("models/jargon-llama"))
    return try Converter.plan(Formats.open(path: folder), options)
  }

  @Test(arguments: [Recipe.f32, .f16])
  func theFileIsThatOfTheReference(_ recipe: Recipe) throws {
    let document = try JSONValue.read(
      FileSource(path: SharedData.fixture("adapters/expected.json")))
    let expected = try #require(document[ByteString(recipe.name.lowercased())])
    let model = try Self.plan(recipe).model
    let tensors = expected["tensors"]?.array ?? []
    #expect(tensors.count == 12)
    #expect(model.tensors.map(\.name) == tensors.compactMap { $0["name"]?.string })
    for (tensor, wanted) in zip(model.tensors, tensors) {
      #expect(tensor.layout.encoding.name == wanted["type"]?.text, "\(tensor.name)")
      #expect(
        tensor.layout.shape.dimensions == wanted["shape"]?.array?.compactMap(\.integer),
        "\(tensor.name)")
      #expect(try Golden.digest(tensor) == wanted["sha256"]?.text, "\(tensor.name)")
    }
    let keys = expected["keys"]?.object?.members ?? []
    #expect(model.metadata.entries.map(\.key) == keys.map(\.key))
    for member in keys {
      let value = model.metadata[member.key]
      switch member.value {
      case .string(let text): #expect(value?.string == text, "\(member.key)")
      default: #expect(value?.float == member.value.double.map { Float($0) }, "\(member.key)")
      }
    }
  }

  /// W + scale · alpha / r · B A, summed here in double precision.
  @Test func mergingAddsTheProduct() throws {
    let base = try Golden.checkpoint()
    let adapter = try Formats.open(path: Self.folder)
    let merged = try AdapterMerge.apply(LoRAAdapter(adapter), to: base, scale: 0.5)
    func floats(_ model: Model, _ name: String) throws -> (values: [Float], columns: Int)? {
      guard let tensor = model.tensors.first(where: { $0.name.text == name }) else { return nil }
      let rows = try #require(FloatRows(tensor.payload))
      return (try rows.read(rows: 0..<tensor.layout.rowCount), tensor.layout.rowLength)
    }
    var changed = 0
    for tensor in base.tensors {
      let name = tensor.name.text
      let own = try #require(try floats(base, name))
      let found = try #require(try floats(merged, name))
      let stem = "base_model.model." + name.dropLast(".weight".count)
      guard let down = try floats(adapter, stem + ".lora_A.weight"),
        let up = try floats(adapter, stem + ".lora_B.weight")
      else {
        #expect(own.values == found.values, "\(name)")
        continue
      }
      changed += 1
      var (error, norm) = (0.0, 0.0)
      for index in own.values.indices {
        let (row, column) = (index / own.columns, index % own.columns)
        var sum = 0.0
        for k in 0..<up.columns {
          sum +=
            Double(up.values[row * up.columns + k])
            * Double(down.values[k * down.columns + column])
        }
        let wanted = Double(own.values[index]) + 0.5 * 6 / 2 * sum
        error += (wanted - Double(found.values[index])) * (wanted - Double(found.values[index]))
        norm += wanted * wanted
      }
      #expect((error / norm).squareRoot() < 1e-7, "\(name): \((error / norm).squareRoot())")
    }
    #expect(changed == 6)
  }

  @Test func anAdapterOfAnotherModelIsRefused() throws {
    let adapter = try LoRAAdapter(Formats.open(path: Self.folder))
    var other = try Golden.checkpoint()
    other.tensors.removeAll { $0.name.text.hasPrefix("model.layers.3.") }
    #expect(throws: (any Error).self) { try AdapterMerge.apply(adapter, to: other, scale: 1) }
  }
}
