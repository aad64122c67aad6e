import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

extension Golden {
  /// Expects a plan to have the metadata and the tensors of a golden file: keys and names in their order,
  /// types, values, shapes, encodings and the bytes' digests.
  static func expectEqual(
    _ plan: ConversionPlan, _ golden: JSONValue, without ignored: Set<String> = [],
    isOrdered: Bool = true
  ) throws {
    let metadata = try #require(golden["metadata"]?.object)
    let entries = plan.model.metadata.entries.filter { !ignored.contains($0.key.text) }
    let expectedKeys = metadata.members.map(\.key).filter { !ignored.contains($0.text) }
    if isOrdered {
      #expect(entries.map(\.key) == expectedKeys)
    } else {
      let others = expectedKeys.filter { !$0.text.hasPrefix("tokenizer.") }
      #expect(entries.map(\.key).filter { !$0.text.hasPrefix("tokenizer.") } == others)
    }
    for entry in entries {
      let expected = metadata[entry.key]
      #expect(type(of: entry.value) == expected?["type"]?.text, "\(entry.key)")
      let isEqual = matches(entry.value, expected?["value"] ?? .null)
      #expect(isEqual, "\(entry.key): \(expected?["value"] ?? .null)")
    }
    let tensors = try #require(golden["tensors"]?.object)
    #expect(plan.model.tensors.map(\.name) == tensors.members.map(\.key))
    for tensor in plan.model.tensors {
      let expected = tensors[tensor.name]
      #expect(tensor.layout.encoding.name == expected?["type"]?.text, "\(tensor.name)")
      let shape = expected?["shape"]?.array?.compactMap(\.integer)
      #expect(Array(tensor.layout.shape.dimensions.reversed()) == shape, "\(tensor.name)")
      if let numbers = expected?["near"]?.array?.compactMap(\.double) {
        try expectNear(tensor, numbers)
        continue
      }
      let digest = try digest(tensor, rows: 13)
      #expect(digest == expected?["sha256"]?.text, "\(tensor.name)")
    }
  }

  /// Expects numbers at even distances to be those of another library, up to the last bits.
  private static func expectNear(_ tensor: Tensor, _ numbers: [Double]) throws {
    let rows = try #require(FloatRows(tensor.payload))
    let values = try rows.read(rows: 0..<tensor.layout.rowCount)
    let step = max(1, values.count / 64)
    let found = stride(from: 0, to: values.count, by: step).map { Double(values[$0]) }
    #expect(found.count == numbers.count, "\(tensor.name)")
    for (value, expected) in zip(found, numbers) {
      #expect(abs(value - expected) <= 1e-6 * max(1, abs(expected)), "\(tensor.name)")
    }
  }
}
