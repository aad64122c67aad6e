import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// A checkpoint with other keys in its configuration and other tensors.
enum ChangedCheckpoint {
  static let fixture = SharedData.fixture("models/jargon-llama")

  /// Keys with nil are removed.
  static func open(
    _ keys: [(key: ByteString, value: JSONValue?)] = [], of path: String = fixture,
    tensors change: (inout [Tensor]) throws -> Void = { _ in }
  ) throws -> Model {
    var model = try Formats.open(path: path)
    try change(&model.tensors)
    var files: [String: [UInt8]] = [:]
    for file in TestFiles.names(in: path) where !file.hasSuffix(".safetensors") {
      files[file] = try TestFiles.bytes(path + "/" + file)
    }
    let document = try JSONValue.parse(files["config.json"] ?? [], depth: 64)
    var configuration = try #require(document.object)
    for (key, value) in keys { configuration[key] = value }
    files["config.json"] = Array(JSONValue.object(configuration).text().utf8)
    model.companions = MemoryTree(files, name: path)
    return model
  }
}
