import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

extension ContentDifference {
  /// The document of `--json`.
  var json: JSONValue {
    var document = JSONObject()
    document["schema"] = "weighbridge.diff/1"
    document["a"] = JSONValue(left)
    document["b"] = JSONValue(right)
    document["differ"] = .bool(differs)
    document["sameBytes"] = .bool(isSameBytes)
    document["sameWeights"] = .bool(isSameBytes || isSameWeights)
    if let tolerance { document["tolerance"] = JSONValue(tolerance) }
    document["summary"] = .array(isSameBytes ? [] : summary.map { JSONValue($0) })
    document["tensors"] = .array(tensors.map { Self.json($0) })
    document["onlyA"] = .array(onlyLeft.map { .string($0) })
    document["onlyB"] = .array(onlyRight.map { .string($0) })
    document["metadata"] = .array(
      (metadata?.entries ?? []).map { entry in
        [
          "key": .string(entry.key), "a": JSONValue(MetadataDifference.shown(entry.left)),
          "b": JSONValue(MetadataDifference.shown(entry.right)), "storage": .bool(entry.isStorage),
        ]
      })
    if let tokenizer { document["tokenizer"] = Self.json(tokenizer) }
    if let template {
      document["template"] = [
        "added": JSONValue(template.added), "removed": JSONValue(template.removed),
        "lines": .array(template.lines.map { JSONValue($0) }),
        "renderings": .array(
          template.renderings.map { rendering in
            [
              "conversation": JSONValue(rendering.name), "same": .bool(rendering.isSame),
              "a": JSONValue(rendering.left), "b": JSONValue(rendering.right),
            ]
          }),
      ]
    }
    document["files"] = .array(
      files.map { file in
        [
          "path": JSONValue(file.path), "a": file.left.map { JSONValue($0) } ?? .null,
          "b": file.right.map { JSONValue($0) } ?? .null,
        ]
      })
    document["notes"] = .array(notes.map { JSONValue($0) })
    return .object(document)
  }

  private static func json(_ result: TensorComparison) -> JSONValue {
    var object = JSONObject()
    object["name"] = .string(result.name)
    object["verdict"] = JSONValue(result.verdict.rawValue)
    object["encodingA"] = JSONValue(result.left.encoding.name)
    object["encodingB"] = JSONValue(result.right.encoding.name)
    object["error"] = JSONValue(result.error)
    object["largest"] = JSONValue(result.largest)
    if let expected = result.expected { object["expected"] = JSONValue(expected) }
    return .object(object)
  }

  private static func json(_ tokenizer: TokenizerDifference) -> JSONValue {
    func list(_ tokens: [TokenizerDifference.Token]) -> JSONValue {
      .array(
        tokens.map { token in
          [
            "id": JSONValue(token.id), "what": JSONValue(token.what),
            "a": token.left.map { .string($0) } ?? .null,
            "b": token.right.map { .string($0) } ?? .null,
          ]
        })
    }
    var object = JSONObject()
    object["same"] = .bool(tokenizer.isEmpty)
    object["added"] = list(tokenizer.added)
    object["removed"] = list(tokenizer.removed)
    object["changed"] = list(tokenizer.changed)
    object["mergesAdded"] = JSONValue(tokenizer.addedMerges)
    object["mergesRemoved"] = JSONValue(tokenizer.removedMerges)
    object["mergesReordered"] = .bool(tokenizer.areMergesReordered)
    if let probe = tokenizer.probe {
      object["probe"] = [
        "text": JSONValue(probe.text), "a": .array(probe.left.map { JSONValue($0) }),
        "b": .array(probe.right.map { JSONValue($0) }),
      ]
    }
    return .object(object)
  }
}
