public import ModelIR

/// What a family's tensor becomes in GGUF.
///
/// A rule with `{e}` in its source gathers the experts of a layer: its outputs see them stacked along
/// a new outermost dimension.
public struct TensorRule: Sendable {
  /// One tensor that is written.
  public struct Output: Sendable {
    /// Its GGUF name.
    public let name: NamePattern
    /// What is done to the source, in order.
    public let changes: [TensorChange]
    /// Names an output.
    public init(_ name: String, _ changes: [TensorChange] = []) {
      self.name = NamePattern(name)
      self.changes = changes
    }
  }

  /// The family's name for it.
  public let source: NamePattern
  /// What it becomes; nothing where GGUF has no use for it.
  public let outputs: [Output]
  /// Whether the rule applies to a model at all.
  public let condition: (@Sendable (Configuration) -> Bool)?

  /// One tensor that becomes one.
  public init(_ source: String, _ target: String, _ changes: TensorChange...) {
    self.source = NamePattern(source)
    self.outputs = [Output(target, changes)]
    self.condition = nil
  }

  /// One tensor that becomes several, or none.
  public init(
    _ source: String, outputs: [Output], when condition: (@Sendable (Configuration) -> Bool)? = nil
  ) {
    self.source = NamePattern(source)
    self.outputs = outputs
    self.condition = condition
  }

  /// A tensor that GGUF has no use for.
  public static func unused(
    _ source: String, when condition: (@Sendable (Configuration) -> Bool)? = nil
  ) -> TensorRule {
    TensorRule(source, outputs: [], when: condition)
  }
}

/// One step between a family's tensor and GGUF's.
///
/// Steps that only move rows keep the source's encoding; arithmetic is done in single precision.
public enum TensorChange: Sendable {
  /// Rows are taken in another order, or only some of them.
  case arrange(@Sendable (Configuration, TensorShape) throws(ModelError) -> RowArrangement)
  /// The last two dimensions change places.
  case transpose
  /// Another shape for the same elements in the same order.
  case reshape(@Sendable (Configuration, TensorShape) throws(ModelError) -> [Int])
  /// A number is added to every element: norms that are stored as their distance from 1.
  case add(Float)
  /// Every element x becomes −eˣ: the decay of state-space models.
  case negativeExponential
}

/// An order of rows: the outer dimensions seen as a grid whose axes are cut and reordered.
///
/// Rows are the units of all but the last dimension; for a tensor of one dimension, its elements.
public struct RowArrangement: Hashable, Sendable {
  /// The grid, outermost first; its product is the number of rows.
  public let grid: [Int]
  /// The part of each axis that is kept.
  public let ranges: [Range<Int>]
  /// The axes in their new order.
  public let order: [Int]
  /// The shape of the outer dimensions afterwards; one dimension by default.
  public let shape: [Int]?

  /// Describes an order; `ranges` and `order` keep everything by default.
  public init(
    grid: [Int], ranges: [Range<Int>]? = nil, order: [Int]? = nil, shape: [Int]? = nil
  ) {
    self.grid = grid
    self.ranges = ranges ?? grid.map { 0..<$0 }
    self.order = order ?? Array(grid.indices)
    self.shape = shape
  }

  /// The number of rows that are kept.
  public var count: Int { ranges.reduce(1) { $0 * $1.count } }

  /// The source row of each row in `rows`.
  public func sources(of rows: Range<Int>) -> [Int] {
    var strides = [Int](repeating: 1, count: grid.count)
    for axis in grid.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * grid[axis + 1]
    }
    let extents = order.map { ranges[$0].count }
    let steps = order.map { strides[$0] }
    let base = zip(ranges, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
    var sources: [Int] = []
    sources.reserveCapacity(rows.count)
    for row in rows {
      var rest = row
      var source = base
      for axis in extents.indices.reversed() {
        source += rest % extents[axis] * steps[axis]
        rest /= extents[axis]
      }
      sources.append(source)
    }
    return sources
  }
}

extension TensorChange {
  /// Undoes the order that transformers keeps for the rotary embedding: halves of each head become
  /// neighbouring pairs, as in the original Llama.
  static let permuteQuery = permute { (configuration) throws(ModelError) in
    try configuration.headCount()
  }
  /// The same for keys, which may have fewer heads.
  static let permuteKey = permute { (configuration) throws(ModelError) in
    try configuration.keyValueHeadCount()
  }

  private static func permute(
    _ heads: @escaping @Sendable (Configuration) throws(ModelError) -> Int
  ) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let heads = try heads(configuration)
      let rows = shape.dimensions.first ?? 0
      guard rows % (2 * heads) == 0 else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(rows) rows of a projection do not share out among \(heads) heads of two halves each")
      }
      return RowArrangement(grid: [heads, 2, rows / heads / 2], order: [0, 2, 1])
    }
  }
}
