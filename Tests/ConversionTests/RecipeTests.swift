import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

/// Every recipe on real shapes, beside what `llama-quantize --dry-run` says.
@Suite struct RecipeTests {
  private static func model(_ entry: JSONValue) throws -> Model {
    let shape = try #require(entry["shape"])
    let name = try #require(shape["architecture"]?.text)
    var model = Model(origin: ModelOrigin(format: "GGUF"))
    model.metadata["general.architecture"] = .string(ByteString(name))
    let keys: [(String, ByteString)] = [
      ("block_count", "layers"), ("embedding_length", "width"), ("expert_count", "experts"),
      ("attention.head_count", "heads"), ("attention.head_count_kv", "kvHeads"),
    ]
    for (key, field) in keys {
      let number = try #require(shape[field]?.integer)
      model.metadata[ByteString("\(name).\(key)")] = .uint32(UInt32(number))
    }
    for tensor in try #require(entry["tensors"]?.array) {
      let name = try #require(tensor.array?[0].string)
      let dimensions = (tensor.array?[1].array ?? []).compactMap(\.integer)
      let isSingle = dimensions.count == 1 || name.hasSuffix("ffn_gate_inp.weight")
      let traits = isSingle ? Encoding.f32 : .f16
      let shape = try #require(TensorShape(dimensions))
      let layout = try #require(TensorLayout(shape, traits))
      model.tensors.append(Tensor(name: name, payload: ZeroPayload(layout)))
    }
    return model
  }

  @Test(.enabled(if: SharedData.isPresent))
  func everyTensorGetsTheEncodingThatLlamaCppChooses() throws {
    let source = try FileSource(path: SharedData.path("golden/recipes.json"))
    let document = try JSONValue.read(source)
    let golden = try #require(document.object)
    var (checked, compared, given) = (0, 0, 0)
    for shape in golden.members {
      let model = try Self.model(shape.value)
      let recipes = try #require(shape.value["recipes"]?.object)
      for expected in recipes.members {
        let recipe = try #require(RecipeRegistry.named(expected.key.text), "\(expected.key)")
        var options = ConversionOptions(recipe: recipe)
        options.isDryRun = true
        guard expected.value["ok"]?.bool == true else {
          #expect(throws: ConversionError.self) { try Converter.plan(model, options) }
          continue
        }
        let types = try #require(expected.value["types"]?.object)
        given += types.count
        let plan = try Converter.plan(model, options)
        #expect(plan.rows.count == types.count)
        for row in plan.rows where types[row.name]?.text != row.encoding.name {
          let wanted = types[row.name]?.text ?? "nothing"
          Issue.record("\(shape.key) \(recipe.name) \(row.name): \(row.encoding), not \(wanted)")
        }
        let size = Double(plan.tensorBytes) / 1_048_576
        #expect(abs(size - (expected.value["sizeMiB"]?.double ?? 0)) <= 0.0051, "\(shape.key)")
        checked += plan.rows.count
        compared += 1
      }
    }
    // Nothing is left out: every recipe of the file on every shape.
    #expect(golden.members.count == 7 && compared == golden.members.count * 34)
    #expect(checked == given && checked > 70_000)
  }

  @Test func everyRecipeHasItsCost() {
    for recipe in RecipeRegistry.all {
      #expect(recipe.cost != nil, "\(recipe.name): Specs/recipes.md says how to measure it")
    }
  }

  @Test func namesAndFileTypesAreUnique() {
    let names = RecipeRegistry.all.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(Set(RecipeRegistry.all.map(\.fileType)).count == RecipeRegistry.all.count)
    for recipe in RecipeRegistry.all {
      #expect(RecipeRegistry.named(recipe.name.lowercased())?.name == recipe.name)
    }
  }
}
