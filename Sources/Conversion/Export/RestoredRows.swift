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
    guard let joined = JoinedRows(parts) else { return nil }
    for dimensions in candidates(parts.map(\.layout.shape.dimensions)) {
      guard let shape = TensorShape(dimensions),
        let table = table(parts, rules, configuration, shape)
      else { continue }
      return ArrangedPayload(joined, table: table, shape: dimensions)
    }
    return nil
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

/// The rows of several tensors, one behind the other; of vectors, their elements.
struct JoinedRows: TensorPayload {
  let layout: TensorLayout
  private let parts: [any TensorPayload]

  /// Nil where they differ in encoding or in the length of their rows.
  init?(_ parts: [any TensorPayload]) {
    guard let first = parts.first?.layout, !first.isOpaque else { return nil }
    let isVector = first.shape.dimensions.count <= 1
    var count = 0
    for part in parts {
      let own = part.layout
      guard own.encoding.name == first.encoding.name, !own.isOpaque,
        (own.shape.dimensions.count <= 1) == isVector,
        isVector || own.rowLength == first.rowLength
      else { return nil }
      count += isVector ? own.shape.elementCount : own.rowCount
    }
    guard let shape = TensorShape(isVector ? [count] : [count, first.rowLength]),
      let layout = TensorLayout(shape, first.encoding)
    else { return nil }
    self.layout = layout
    self.parts = parts
  }

  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    if layout.shape.dimensions.count <= 1 {
      guard !rows.isEmpty else { return }
      var start = 0
      for part in parts {
        let count = Int(part.layout.byteCount)
        var target = buffer._mutatingExtracting(start..<start + count)
        try part.read(rows: 0..<part.layout.rowCount, into: &target)
        start += count
      }
      return
    }
    var first = 0
    for part in parts {
      let own = rows.clamped(to: first..<first + part.layout.rowCount)
      if !own.isEmpty {
        let start = (own.lowerBound - rows.lowerBound) * layout.bytesPerRow
        var target = buffer._mutatingExtracting(start..<start + own.count * layout.bytesPerRow)
        try part.read(rows: own.lowerBound - first..<own.upperBound - first, into: &target)
      }
      first += part.layout.rowCount
    }
  }
}
