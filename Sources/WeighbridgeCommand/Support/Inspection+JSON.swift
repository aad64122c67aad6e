import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

/// The document that `--json` prints.
extension Inspection {
  /// Writes the document a key and a tensor at a time.
  func writeJSON(
    tensors selects: (ByteString) -> Bool, metadata selectsKey: (ByteString) -> Bool, full: Bool,
    to body: @escaping (String) -> Void
  ) {
    var stream = JSONStream(to: body)
    stream.object { stream in
      writeFigures(to: &stream)
      stream.key("metadata")
      stream.array { stream in
        for entry in model.metadata.entries where selectsKey(entry.key) {
          stream.element()
          stream.object { stream in
            stream.member("key", .string(entry.key))
            stream.member("type", JSONValue(entry.value.typeName))
            stream.key("value")
            entry.value.write(to: &stream, full: full)
          }
        }
      }
      // Not a nil for what is left out: JSONValue has a nil of its own, which is null.
      stream.list("tensors", model.tensors.filter { selects($0.name) }) { tensorJSON($0) }
      stream.list("problems", model.problems) {
        [
          "severity": JSONValue($0.severity.rawValue), "code": JSONValue($0.code),
          "where": JSONValue($0.place), "message": JSONValue($0.message),
        ]
      }
      if let projector { stream.member("projector", projector.json) }
      if let statistics { stream.list("statistics", statistics) { $0.json } }
      if let memory { stream.member("memory", memory.json) }
    }
    stream.finish()
  }

  private func writeFigures(to stream: inout JSONStream) {
    let origin = model.origin
    stream.member("schema", "weighbridge.inspect/1")
    stream.member("format", JSONValue(origin.format))
    stream.member("formatVersion", origin.version.isEmpty ? nil : JSONValue(origin.version))
    stream.member("byteOrder", JSONValue(origin.byteOrder.rawValue))
    stream.list("files", origin.files) {
      [
        "path": JSONValue($0.path), "bytes": JSONValue($0.byteCount),
        "dataOffset": $0.dataOffset.map { JSONValue($0) } ?? nil,
        "alignment": $0.alignment.map { JSONValue($0) } ?? nil,
      ]
    }
    stream.member("architecture", architecture.map { JSONValue($0) } ?? nil)
    stream.member("summary", aboutJSON)
    stream.member("parameters", JSONValue(summary.parameters))
    stream.member("tensorBytes", JSONValue(summary.tensorBytes))
    stream.member("bitsPerWeight", .double(summary.bitsPerWeight))
    stream.list("encodings", summary.encodings) {
      [
        "name": JSONValue($0.name), "tensors": .integer($0.tensors),
        "elements": JSONValue($0.elements), "bytes": JSONValue($0.bytes),
      ]
    }
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

extension JSONStream {
  /// Writes a member that is an array, a value at a time; what is nil is left out.
  fileprivate mutating func list<Element>(
    _ key: ByteString, _ elements: [Element], _ json: (Element) -> JSONValue?
  ) {
    self.key(key)
    array { stream in
      for element in elements {
        guard let value = json(element) else { continue }
        stream.element()
        stream.value(value)
      }
    }
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
      "total": JSONValue(total), "keyType": JSONValue(request.keyType),
      "valueType": JSONValue(request.valueType), "batch": .integer(request.batch),
      "slidingLayers": .integer(slidingLayers),
      "gpuLayers": request.gpuLayers.map { .integer($0) } ?? nil,
      "gpuTotal": gpuTotal.map { JSONValue($0) } ?? nil,
      "hostTotal": hostTotal.map { JSONValue($0) } ?? nil,
    ]
  }
}
