import Foundation
import TestSupport
import Testing
import Weighbridge

/// What is at a location, asked once: one fixture of each kind.
@Suite struct LocationTests {
  @Test(arguments: [
    ("gguf/plain.gguf", "gguf"), ("gguf/split-00002-of-00003.gguf", "gguf"),
    ("gguf/big-endian.gguf", "gguf"), ("models/jargon-llama", "checkpoint"),
    ("models/jargon-llama/model.safetensors", "checkpoint"), ("checkpoints/mistral", "checkpoint"),
    ("checkpoints/torch-shards", "checkpoint"), ("adapters/jargon-lora", "adapter"),
    ("legacy/ggjt-3.bin", "legacy"), ("legacy/ggml.bin", "legacy"),
    ("golden/imatrix.gguf", "importanceMatrix"), ("golden/imatrix.dat", "importanceMatrix"),
    ("golden/jargon-llama.logits", "baseline"), ("bundles/foreign.tar", "bundle"),
  ])
  func saysWhatIsThere(path: String, kind: String) throws {
    #expect(try Location(SharedData.fixture(path)).open().name == kind)
  }

  @Test func bareTensorsAreTensors() throws {
    let folder = try TemporaryFolder()
    let file = SharedData.fixture("models/jargon-llama/model.safetensors")
    try FileManager.default.copyItem(atPath: file, toPath: folder.path + "/alone.safetensors")
    let model = try OpenedModel(Location(folder.path + "/alone.safetensors"))
    #expect(model.kind == .tensors)
    let error = #expect(throws: WeighbridgeError.self) {
      try model.plan(ConversionRequest(), to: folder.path + "/out.gguf")
    }
    #expect(error?.kind == .input && error?.code == "missing-metadata")
  }

  @Test(arguments: [
    ("golden/imatrix.gguf", "importance matrix"), ("golden/imatrix.dat", "importance matrix"),
    ("golden/jargon-llama.logits", "stored reference"),
  ])
  func whatIsNoModelIsRefusedByName(path: String, name: String) throws {
    let error = #expect(throws: WeighbridgeError.self) {
      try OpenedModel(Location(SharedData.fixture(path)))
    }
    #expect(error?.kind == .request && error?.message.contains(name) == true)
  }

  @Test func aMissingFileIsTheSystemsFault() throws {
    let error = #expect(throws: WeighbridgeError.self) {
      try OpenedModel("/there/is/no/such.gguf")
    }
    #expect(error?.kind == .system && error?.code == "io")
  }
}
