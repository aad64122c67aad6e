import Weighbridge
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

/// The document that `--json` prints.
extension Inspection {
  func json(
    tensors selects: (ByteString) -> Bool, metadata selectsKey: (ByteString) -> Bool, full: Bool
  ) -> JSONValue {
    var document: JSONValue = [
      "schema": "weighbridge.inspect/1",
      "format": JSONValue(model.origin.format),
      "formatVersion": model.origin.version.isEmpty ? nil : JSONValue(model.origin.version),
      "byteOrder": JSONValue(model.origin.byteOrder.rawValue),
      "files": .array(
        model.origin.files.map { ["path": JSONValue($0.path), "bytes": JSONValue($0.byteCount)] }),
      "architecture": architecture.map { JSONValue($0) } ?? nil,
      "parameters": JSONValue(summary.parameters),
      "tensorBytes": JSONValue(summary.tensorBytes),
      "bitsPerWeight": .double(summary.bitsPerWeight),
      "encodings": .array(
        summary.encodings.map {
          [
            "name": JSONValue($0.name), "tensors": .integer($0.tensors),
            "elements": JSONValue($0.elements), "bytes": JSONValue($0.bytes),
          ]
        }),
      "metadata": .array(
        model.metadata.entries.filter { selectsKey($0.key) }.map {
          [
            "key": .string($0.key), "type": JSONValue($0.value.typeName),
            "value": $0.value.json(full: full),
          ]
        }),
      "tensors": .array(model.tensors.filter { selects($0.name) }.map { tensorJSON($0) }),
      "problems": .array(
        model.problems.map {
          [
            "severity": JSONValue($0.severity.rawValue), "code": JSONValue($0.code),
            "where": JSONValue($0.place), "message": JSONValue($0.message),
          ]
        }),
    ]
    if let projector { append("projector", projector.json, to: &document) }
    if let statistics { append("statistics", .array(statistics.map(\.json)), to: &document) }
    if let memory { append("memory", memory.json, to: &document) }
    return document
  }

  private func append(_ key: ByteString, _ value: JSONValue, to document: inout JSONValue) {
    guard case .object(var object) = document else { return }
    object[key] = value
    document = .object(object)
  }

  private func tensorJSON(_ tensor: Tensor) -> JSONValue {
    let file = tensor.location.map { $0.file }
    let path = file.flatMap {
      model.origin.files.indices.contains($0) ? model.origin.files[$0] : nil
    }
    return [
      "name": .string(tensor.name), "encoding": JSONValue(tensor.layout.encoding.name),
      "shape": .array(tensor.layout.shape.dimensions.map { .integer($0) }),
      "bytes": JSONValue(tensor.layout.byteCount),
      "file": path.map { JSONValue($0.path) } ?? nil,
      "offset": tensor.location.map { JSONValue($0.offset) } ?? nil,
    ]
  }
}

extension TensorStatistics {
  /// The statistics as JSON.
  var json: JSONValue {
    [
      "name": .string(name), "encoding": JSONValue(encoding),
      "min": isDecoded ? .double(Double(minimum)) : nil,
      "max": isDecoded ? .double(Double(maximum)) : nil,
      "mean": isDecoded ? .double(mean) : nil, "deviation": isDecoded ? .double(deviation) : nil,
      "zeros": .integer(zeros), "nonFinite": .integer(nonFinite),
    ]
  }
}

extension MemoryEstimate {
  /// The estimate as JSON.
  var json: JSONValue {
    [
      "context": .integer(context), "weights": JSONValue(weights),
      "keysAndValues": JSONValue(keysAndValues), "activations": JSONValue(activations),
      "total": JSONValue(total),
    ]
  }
}

extension ModelHashes {
  /// The document that `--json` prints.
  var json: JSONValue {
    [
      "schema": "weighbridge.hash/1",
      "tensors": .array(
        tensors.map { ["name": .string($0.name), "sha256": JSONValue($0.digest.hexadecimal)] }),
      "files": .array(
        files.map { ["path": JSONValue($0.path), "sha256": JSONValue($0.digest.hexadecimal)] }),
      "content": JSONValue(content.hexadecimal),
    ]
  }
}
