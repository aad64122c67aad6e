import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// `inspect --memory-for` against what llama.cpp allocates.
@Suite struct MemoryTests {
  /// Bytes of keys and values for 4,096 tokens in batches of 512, as llama-perplexity -v prints the sizes of
  /// its caches ("llama_kv_cache: size"): those of whole layers and those of sliding ones.
  @Test(arguments: [
    ("gemma3", 1_048_576 + 983_040, 5), ("cohere2", 524_288 + 294_912, 3),
    ("gpt-oss", 2_097_152 + 393_216, 2), ("llama", 1_048_576, 0),
  ])
  func cachesAreAsLlamaCppAllocatesThem(_ name: String, _ bytes: Int, _ sliding: Int) throws {
    let model = SharedData.path("zoo/\(name)/hf")
    guard SharedData.isPresent, FileManager.default.fileExists(atPath: model) else {
      print("zoo/\(name) is not there: skipped")
      return
    }
    let folder = try ScratchFolder()
    let file = folder.path + "/m.gguf"
    let converted = try Program.run(["convert", model, "-o", file, "--type", "F32", "--quiet"])
    #expect(converted.status == 0, "\(converted.errors)")
    let memory = try Program.run(["inspect", file, "--memory-for", "4k", "--json"])
      .json()["memory"]
    #expect(memory?["keysAndValues"]?.integer == bytes)
    #expect(memory?["slidingLayers"]?.integer == sliding)
  }

  @Test func partsAddUpAndTypesCount() throws {
    func memory(_ options: String...) throws -> JSONValue? {
      try Program.run(["inspect", checkpoint, "--memory-for", "512", "--json"] + options)
        .json()["memory"]
    }
    let plain = try memory()
    // 4 layers × 512 positions × 2 heads × (64 + 64) numbers of 16 bits.
    #expect(plain?["keysAndValues"]?.integer == 4 * 512 * 2 * 128 * 2)
    // Blocks of 32 numbers take 34 bytes in Q8_0 and 18 in Q4_0.
    let mixed = try memory("--cache-type-k", "q8_0", "--cache-type-v", "q4_0")
    #expect(mixed?["keysAndValues"]?.integer == 4 * 512 * 2 * 64 * (34 + 18) / 32)
    let split = try memory("--gpu-layers", "3")
    let total = split?["total"]?.integer ?? 0
    #expect((split?["gpuTotal"]?.integer ?? 0) + (split?["hostTotal"]?.integer ?? 0) == total)
    #expect(total == plain?["total"]?.integer)
  }

  @Test func fitsDecidesTheExitStatus() throws {
    let arguments = ["inspect", checkpoint, "--memory-for", "512", "--fits"]
    #expect(try Program.run(arguments + ["24GB"]).status == 0)
    let failed = try Program.run(arguments + ["1MB"])
    #expect(failed.status == 1 && failed.errors.contains("does not fit"))
    #expect(try Program.run(["inspect", checkpoint, "--fits", "1MB"]).status == 2)
    let long = try Program.run(["inspect", checkpoint, "--memory-for", "8k"])
    #expect(long.status == 0 && long.errors.contains("trained for"))
  }
}
