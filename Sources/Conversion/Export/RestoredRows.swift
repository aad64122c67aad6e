internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Puts a tensor together again from the parts that rules took from it.
enum RestoredRows {
  typealias Rule = @Sendable (Configuration, TensorShape) throws(ModelError) -> RowArrangement

  /// The tensor from which the rules take exactly these parts, each of its rows once; nil where none is.
  ///
  /// The rules know the tensor's shape, the parts do not: the shapes that the parts can come from are
  /// tried, and one is right where every row has its place.
  static func whole(
    _ parts: [any TensorPayload], _ rules: [Rule], _ configuration: Configuration
  ) throws(ModelError) -> (any TensorPayload)? {
    guard let joined = joined(parts) else { return nil }
    for dimensions in candidates(parts.map(\.layout.shape.dimensions)) {
      guard let shape = TensorShape(dimensions),
        let table = table(parts, rules, configuration, shape)
      else { continue }
      return ArrangedPayload(joined, table: table, shape: dimensions)
    }
    return nil
  }

  /// The rows of all parts, one behind the other; of vectors, their elements.
  private static func joined(_ parts: [any TensorPayload]) -> JoinedPayload? {
    let matrices = parts.compactMap { part -> (any TensorPayload)? in
      let shape = part.layout.shape
      guard shape.dimensions.count > 2 else { return part }
      return ReshapedPayload(part, [shape.rowCount, shape.rowLength])
    }
    return matrices.count == parts.count ? JoinedPayload(matrices, along: .rows) : nil
  }

  /// Shapes that parts of the given shapes may have been cut from.
  private static func candidates(_ shapes: [[Int]]) -> [[Int]] {
    guard let first = shapes.first else { return [] }
    if shapes.count == 1, first.count <= 2 { return [first] }
    var candidates: [[Int]] = shapes.count == 1 ? [first] : []
    let axes = first.count > 1 ? first.count - 1 : 1
    for axis in (0..<axes).reversed() where shapes.count > 1 {
      var dimensions = first
      dimensions[axis] = 0
      let fits = shapes.allSatisfy { shape in
        guard shape.count == first.count else { return false }
        var rest = shape
        rest[axis] = 0
        return rest == dimensions
      }
      guard fits else { continue }
      dimensions[axis] = shapes.reduce(0) { $0 + $1[axis] }
      candidates.append(dimensions)
    }
    if first.count > 1, let length = first.last {
      // Rows that were grouped into heads.
      let rows = shapes.reduce(0) { sum, shape in sum + shape.dropLast().reduce(1, *) }
      candidates.append([rows, length])
    }
    return candidates
  }

  /// For each row of the whole, its place among the rows of the parts; nil where the rules do not take
  /// each row once.
  private static func table(
    _ parts: [any TensorPayload], _ rules: [Rule], _ configuration: Configuration,
    _ shape: TensorShape
  ) -> [Int32]? {
    let isVector = shape.dimensions.count <= 1
    let units = isVector ? shape.elementCount : shape.rowCount
    guard units < Int(Int32.max) else { return nil }
    var table = [Int32](repeating: -1, count: units)
    var place: Int32 = 0
    for (part, rule) in zip(parts, rules) {
      let own = part.layout.shape
      let count = isVector ? own.elementCount : own.rowCount
      guard let arrangement = try? rule(configuration, shape), arrangement.covers(units),
        arrangement.count == count, arrangement.shape.map({ product($0) == count }) ?? true
      else { return nil }
      for source in arrangement.sources(of: 0..<count) {
        guard table[source] < 0 else { return nil }
        table[source] = place
        place += 1
      }
    }
    return Int(place) == units ? table : nil
  }

  private static func product(_ values: [Int]) -> Int { TensorShape(values)?.elementCount ?? -1 }
}
