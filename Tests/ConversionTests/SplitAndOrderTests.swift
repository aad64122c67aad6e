import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeGGUF
import WeighbridgeModelIR

/// Parts and byte orders, beside the files that convert_hf_to_gguf.py wrote from a folder `llama`.
@Suite struct SplitAndOrderTests {
  private static func digests(
    _ recipe: Recipe, order: ByteOrder = .little, bytes: UInt64? = nil, tensors: Int? = nil,
    _ change: (inout ConversionOptions) -> Void = { _ in }
  ) throws -> [String] {
    var options = ConversionOptions(recipe: recipe)
    options.canonical.name = "Llama"
    change(&options)
    let model = try Converter.plan(Golden.checkpoint(), options).model
    return try GGUFSplit.converterParts(model, bytes: bytes, tensors: tensors).map { part in
      let stored = order == .little ? part : try GGUF.stored(part, in: order)
      let layout = try GGUF.layOut(stored, byteOrder: order)
      let sink = MemorySink(byteCount: layout.byteCount)
      try StreamingExecutor(workers: 2).write(stored, as: layout, to: sink)
      return SHA256.hash(sink.bytes).hexadecimal
    }
  }

  @Test func partsBySizeAndNumberAreTheConverters() throws {
    let byNumber = [
      "93487b4f9ffa96a36277c11d6526fcf49ddf7c40bb883ae9f49a64ec2e0d00cc",
      "1dd3e62a030d6180753ed80338cb7fbe0ac59581c487aa77b75e8c4457a3d802",
      "cd5383bb6689ee3e94bc75a9a7f1367228d49efebab4771823dd0d36c5d661ef",
    ]
    #expect(try Self.digests(.f16, tensors: 16) == byNumber)
    let bySize = [
      "a8ba4c9d81f59e5b0406c26302cb23d5523833876cf8d0ffa6dff95400d07893",
      "4c1bcc01710abe3aead2cda0e846e7402b8ebfac058939dada1193dec63a6563",
      "2dbbfda1c6acba34aa14e5a6cd1767a6fc8b2f29eece433bbf5d5232ffb673a0",
      "246e18cb6b2fd6b0546e2f6b845d72a685d059684a3444a82ea522f59b03c992",
      "336c66da81557158a227f61719e24de94d8a79a0dcd68e6e5293e5e2501599db",
    ]
    #expect(try Self.digests(.q8_0, bytes: 1_000_000) == bySize)
    let byBoth = [
      "87234a2da04360e78ad5434de6b40415accf75e193f56ed6642749b4bd4b2e6f",
      "1342b1e77b75a7c0d7fbf2bcc7d064eb3dee0a9f3ceaa431368051dcae8e3e9d",
      "e3104ad26dcf477fda64209c2adcc5f2854acdb98df9b02d7522e5f1da6fb6d6",
      "43e04f53caf42fbf037e14edad92e774daa01f8c1963341bf19d441de8f9a51d",
      "e5e5f20778363d3a95442aa06aae5560776b4ed1848ecad6a35cbf7afeb33f79",
    ]
    #expect(try Self.digests(.f16, bytes: 2_000_000, tensors: 9) == byBoth)
  }

  @Test func whatFitsIsOneFile() throws {
    let whole = "b7710c8426e6ede28cd1ede065569b7c2e0ff8f174b970a5014591121f3ae889"
    #expect(try Self.digests(.f16, bytes: 1 << 30) == [whole])
    #expect(throws: ModelError.self) { try Self.digests(.f16, tensors: 0) }
    #expect(throws: ModelError.self) { try Self.digests(.f16, bytes: 0) }
  }

  @Test(arguments: [
    ("F16", "e6d8b7b884e809b413972fe4c5ef9a5db778b80237c28fed761e016fe22635eb"),
    ("F32", "f84251921dc80e8bcfec25491c7a213dafc98ed31e5ac00072b5a8d4d2da5675"),
  ])
  func bigEndianFilesAreTheConverters(_ name: String, _ digest: String) throws {
    let recipe = try #require(RecipeRegistry.named(name))
    #expect(try Self.digests(recipe, order: .big) == [digest])
  }

  @Test func theVocabularyAloneIsTheConverters() throws {
    let digest = "ec0b804e42f9086010670824795d57435703e0f012739faed5a3d691e41af700"
    let found = try Self.digests(.f16) { $0.canonical.isVocabularyOnly = true }
    #expect(found == [digest])
  }
}
