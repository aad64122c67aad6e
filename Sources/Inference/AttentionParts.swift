/// Queries, keys and values of all tokens, each head's columns side by side.
struct AttentionParts: Sendable {
  let queries: Matrix
  let keys: Matrix
  let values: Matrix
  let heads: Int
  let groups: Int
  /// Columns from one head's queries to the next one's.
  let queryStep: Int

  /// One head's queries.
  func query(_ head: Int) -> Matrix {
    queries.columns(head * queryStep..<head * queryStep + keys.columns / groups)
  }
  /// One group's keys.
  func key(_ group: Int) -> Matrix { AttentionParts.part(keys, group, of: groups) }
  /// One group's values.
  func value(_ group: Int) -> Matrix { AttentionParts.part(values, group, of: groups) }

  private static func part(_ matrix: Matrix, _ index: Int, of count: Int) -> Matrix {
    let width = matrix.columns / count
    return matrix.columns(index * width..<(index + 1) * width)
  }
}

/// Where each window's keys and values lie in the order in which tiles read them.
struct PackedKeys: Sendable {
  private let buffer: SharedBuffer<Float>
  private let groups: Int
  private let keyWidth: Int
  private let valueWidth: Int
  private let tile: Int
  /// Keys of each window, and where they begin.
  private let windows: [(keys: Int, offset: Int)]

  init(_ buffer: SharedBuffer<Float>, _ ranges: [Range<Int>], _ parts: AttentionParts, _ tile: Tile)
  {
    self.buffer = buffer
    groups = parts.groups
    keyWidth = parts.keys.columns / groups
    valueWidth = parts.values.columns / groups
    self.tile = tile.columns
    var offset = 0
    var windows: [(keys: Int, offset: Int)] = []
    for range in ranges {
      windows.append((range.count, offset))
      offset += PackedKeys.count(
        keys: range.count, groups: groups, keyWidth: keyWidth, valueWidth: valueWidth,
        tile: tile.columns)
    }
    self.windows = windows
  }

  /// Floats of one window.
  static func count(keys: Int, groups: Int, keyWidth: Int, valueWidth: Int, tile: Int) -> Int {
    groups * (keys.roundedUp(to: tile) * keyWidth + keys * valueWidth.roundedUp(to: tile))
  }

  /// Keys of a group, columns of a right matrix.
  func keys(_ window: Int, _ group: Int) -> PackedMatrix {
    let (count, offset) = windows[window]
    return PackedMatrix(
      buffer, offset: offset + group * count.roundedUp(to: tile) * keyWidth, vectors: count,
      depth: keyWidth, tile: tile)
  }

  /// Values of a group, rows of a right matrix.
  func values(_ window: Int, _ group: Int) -> PackedMatrix {
    let (count, offset) = windows[window]
    let start = groups * count.roundedUp(to: tile) * keyWidth
    return PackedMatrix(
      buffer, offset: offset + start + group * count * valueWidth.roundedUp(to: tile),
      vectors: valueWidth, depth: count, tile: tile)
  }
}
