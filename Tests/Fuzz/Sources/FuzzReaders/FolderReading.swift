import Foundation
import Weighbridge
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeTemplates

/// Inputs that mean something only beside other files: one of a folder is the fuzzer's, the rest are
/// fixtures.
extension Reading {
  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../../Fixtures").standardized.path

  private static func folder(_ name: String) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let path = fixtures + "/" + name
    for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      if let data = FileManager.default.contents(atPath: path + "/" + file) {
        files[file] = [UInt8](data)
      }
    }
    return files
  }

  private static let checkpointFiles = folder("checkpoints/types")
  private static let adapterFiles = folder("adapters/jargon-lora")
  private static let modelFiles = folder("models/jargon-llama")

  /// A `config.json` beside tensors that are in order.
  static let configuration: @Sendable ([UInt8]) throws -> Void = { bytes in
    var files = checkpointFiles
    files["config.json"] = bytes
    let model = try Formats.open(folder: MemoryTree(files, name: "folder"))
    inspect(model)
    for purpose in [CanonicalOptions.Purpose.computation, .conversion] {
      var options = CanonicalOptions()
      options.purpose = purpose
      let document = try JSONValue.parse(bytes)
      guard let network = try? CanonicalModel.network(of: model, document, options) else {
        continue
      }
      _ = try? ConfigurationGap.find(in: network)
      if let decoder = try? Decoder(network) {
        _ = try? decoder.logits(
          of: [0, 1], options: InferenceOptions(threads: 1, memory: 64 << 20))
      }
    }
  }

  /// An `adapter_config.json` beside an adapter that is in order, merged into its checkpoint.
  static let adapter: @Sendable ([UInt8]) throws -> Void = { bytes in
    var files = adapterFiles
    files["adapter_config.json"] = bytes
    try merge(files)
  }

  /// The tensors of an adapter.
  static let adapterTensors: @Sendable ([UInt8]) throws -> Void = { bytes in
    var files = adapterFiles
    files["adapter_model.safetensors"] = bytes
    try merge(files)
  }

  private static func merge(_ files: [String: [UInt8]]) throws {
    let adapter = try LoRAAdapter(Formats.open(folder: MemoryTree(files, name: "adapter")))
    let base = try Formats.open(folder: MemoryTree(modelFiles, name: "folder"))
    var options = ConversionOptions(recipe: .f32)
    options.base = MemoryTree(modelFiles, name: "folder")
    _ = try? Converter.plan(Formats.open(folder: MemoryTree(files, name: "adapter")), options)
    let merged = try AdapterMerge.apply(adapter, to: base, scale: 1)
    var scratch = PayloadScratch()
    for tensor in merged.tensors {
      _ = try? FloatRows(tensor.payload)?.read(rows: 0..<min(2, tensor.layout.rowCount), &scratch)
    }
  }

  /// What `inspect` shows.
  static func inspect(_ model: Model) {
    var inspection = Inspection(model, path: "input")
    inspection.memory = try? MemoryEstimate(model, MemoryRequest(context: 512))
    for entry in model.metadata.entries { _ = entry.value.json(full: false) }
  }

  /// A conversation, rendered by a template that reads all of it.
  static let messages: @Sendable ([UInt8]) throws -> Void = { bytes in
    let value = try JSONValue.parse(bytes)
    let template = try ChatTemplate(
      "{% for m in messages %}{{ m.role | upper }}{{ m.content }}{{ m | tojson(indent=2) }}{% endfor %}"
        + "{{ messages | string | length }}{{ messages == messages }}")
    _ = try template.render([("messages", value)])
  }
}
