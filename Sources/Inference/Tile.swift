internal import CWeighbridgeKernels

/// The part of a product that stays in the CPU's registers while the depth passes.
///
/// The kernel's own products are faster here than a library's, because weights are decoded straight
/// into the order in which tiles read them and activations are put into theirs once for all matrices
/// that they meet; and sums have one order, whatever the number of threads.
struct Tile: Hashable, Sendable {
  /// Rows of the left matrix.
  let rows: Int
  /// Columns of the right matrix.
  let columns: Int

  /// This machine's.
  ///
  /// Each sum is fused step by step in the order of the depth, whatever the tile, so the bits are the same
  /// on every machine.
  static let native: Tile = {
    let tile = inference_native_tile()
    return Tile(rows: tile.rows, columns: tile.columns)
  }()

  /// Rows or columns that are a multiple of any tile's.
  static let common = 96

  /// Floats of a packed left matrix.
  func leftCount(rows count: Int, depth: Int) -> Int {
    count.roundedUp(to: rows) * depth
  }

  /// Floats of a packed right matrix.
  func rightCount(columns count: Int, depth: Int) -> Int {
    count.roundedUp(to: columns) * depth
  }

  /// Floats that attention over so many keys needs beside its input and output.
  func attentionScratch(keys: Int, depth: Int) -> Int { rows * (depth + keys + 2 * columns) }
}

extension Int {
  /// The next multiple of a step.
  func roundedUp(to step: Int) -> Int { (self + step - 1) / step * step }
}

/// A matrix in the order in which tiles read it: stretches of `tile` rows of a left matrix, or columns
/// of a right one, each as [depth, tile].
struct PackedMatrix: Sendable {
  /// The memory.
  let buffer: SharedBuffer<Float>
  /// Where it begins.
  let offset: Int
  /// Rows of a left matrix, columns of a right one.
  let vectors: Int
  /// Columns of a left matrix, rows of a right one.
  let depth: Int
  /// Vectors of a tile.
  let tile: Int

  init(_ buffer: SharedBuffer<Float>, offset: Int = 0, vectors: Int, depth: Int, tile: Int) {
    precondition(vectors >= 0 && depth >= 0 && offset >= 0 && tile > 0)
    precondition(offset + vectors.roundedUp(to: tile) * depth <= buffer.count)
    self.buffer = buffer
    self.offset = offset
    self.vectors = vectors
    self.depth = depth
    self.tile = tile
  }

  /// Rows in memory of their own.
  init(left rows: Matrix) {
    let (tile, depth) = (Tile.native, rows.columns)
    self.init(
      SharedBuffer(uninitialized: tile.leftCount(rows: rows.rows, depth: depth)),
      vectors: rows.rows, depth: depth, tile: tile.rows)
    rows.pack(left: self)
  }

  /// Memory for the columns of a right matrix.
  init(columns: Int, depth: Int) {
    let tile = Tile.native
    self.init(
      SharedBuffer(uninitialized: tile.rightCount(columns: columns, depth: depth)),
      vectors: columns, depth: depth, tile: tile.columns)
  }

  /// Some of the vectors, from a whole tile on.
  func part(_ range: Range<Int>) -> PackedMatrix {
    precondition(range.lowerBound % tile == 0 && range.upperBound <= vectors)
    return PackedMatrix(
      buffer, offset: offset + range.lowerBound * depth, vectors: range.count, depth: depth,
      tile: tile)
  }

  /// The first number.
  @unsafe var pointer: UnsafeMutablePointer<Float> {
    unsafe buffer.pointer(offset..<offset + vectors.roundedUp(to: tile) * depth)
  }
}

extension Matrix {
  /// Puts the rows into the order of a left matrix.
  func pack(left target: PackedMatrix) {
    precondition(target.vectors == rows && target.depth == columns)
    guard rows > 0, columns > 0 else { return }
    unsafe inference_pack_left(pointer(row: 0), stride, rows, columns, target.pointer)
  }

  /// Makes the rows columns of a right matrix.
  func pack(right target: PackedMatrix) {
    precondition(target.vectors == rows && target.depth == columns)
    guard rows > 0, columns > 0 else { return }
    unsafe inference_pack_right(pointer(row: 0), stride, rows, columns, target.pointer)
  }

  /// Makes the columns columns of a right matrix.
  func pack(columns target: PackedMatrix) {
    precondition(target.vectors == columns && target.depth == rows)
    guard rows > 0, columns > 0 else { return }
    unsafe inference_pack_columns(pointer(row: 0), stride, columns, rows, target.pointer)
  }

  /// self (+)= (left × right + bias) × scale.
  func multiply(
    _ left: PackedMatrix, _ right: PackedMatrix, bias: Matrix? = nil, scale: Float = 1,
    adds: Bool = false
  ) {
    precondition(rows == left.vectors && columns == right.vectors && left.depth == right.depth)
    precondition(bias.map { $0.columns == columns } ?? true)
    guard rows > 0, columns > 0, left.depth > 0 else { return }
    unsafe withUnsafePointer(
      to: inference_product(
        left: left.pointer, right: right.pointer, rows: rows, columns: columns, depth: left.depth,
        scale: scale, bias: bias.map { unsafe UnsafePointer($0.pointer(row: 0)) },
        adds: adds ? 1 : 0, target: pointer(row: 0), stride: stride)
    ) { unsafe inference_multiply_packed($0) }
  }

  /// Attention of queries, which follow each other from `position` on, over the keys of a window.
  func attend(
    _ queries: Matrix, at position: Int, keys: PackedMatrix, values: PackedMatrix,
    _ rule: AttentionRule, scratch: SharedBuffer<Float>
  ) {
    precondition(rows == queries.rows && columns == values.vectors)
    precondition(keys.depth == queries.columns && values.depth == keys.vectors)
    precondition(position >= 0 && keys.tile == values.tile)
    let isPlain = !rule.isCausal && rule.window == nil && rule.relative == nil
    precondition(isPlain || position + rows <= keys.vectors)
    precondition(rule.relative.map { $0.columns >= 2 * keys.vectors - 1 } ?? true)
    guard rows > 0, columns > 0, queries.columns > 0 else { return }
    let tile = Tile.native
    let needed = tile.attentionScratch(keys: keys.vectors, depth: keys.depth)
    unsafe withUnsafePointer(
      to: inference_attention(
        queries: queries.pointer(row: 0), query_stride: queries.stride, rows: rows,
        position: position, packed_keys: keys.pointer, packed_values: values.pointer,
        keys: keys.vectors, depth: keys.depth, width: columns, scale: rule.scale,
        causal: rule.isCausal ? 1 : 0, window: rule.window?.back ?? 0,
        ahead: rule.window?.ahead ?? -1, chunk: rule.window?.chunk ?? 0,
        relative: rule.relative.map {
          unsafe UnsafePointer($0.pointer(row: 0)) + $0.columns / 2
        }, softmax: rule.softmax,
        scratch: scratch.pointer(0..<needed), output: pointer(row: 0), output_stride: stride)
    ) { unsafe inference_attend($0) }
  }
}

/// Which keys a query sees, and how its scores become weights.
struct AttentionRule: Sendable {
  let scale: Float
  let isCausal: Bool
  /// What a query sees of its surroundings; nil for all.
  let window: AttentionWindow?
  /// Added to the scores of keys from the last before a query to the last after it, [1, 2n − 1].
  var relative: Matrix?
  var softmax = inference_softmax_options()

  /// The keys, of `count`, that a query sees: both ends grow with the query.
  func keys(of query: Int, count: Int) -> Range<Int> {
    let ahead = isCausal ? 0 : window?.ahead
    let last = ahead.map { min(query + 1 + $0, count) } ?? count
    if let chunk = window?.chunk { return query / chunk * chunk..<last }
    return max(0, window?.back.map { query - $0 + 1 } ?? 0)..<last
  }
}
