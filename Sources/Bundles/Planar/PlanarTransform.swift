internal import CWeighbridgeKernels

/// How blocks of an encoding are taken apart into planes of like symbols, each of which is compressed by
/// itself: data, which the table of contents of a layer repeats, so that a decoder needs no other table.
struct PlanarTransform: Hashable, Sendable {
  /// Bits of a block that become bits of symbols; see `WBPlaneRun`.
  struct Run: Hashable, Sendable {
    var plane: Int
    /// The first symbol in the block's part of the plane.
    var place: Int
    /// The first byte in the block.
    var offset: Int
    /// Bytes.
    var count: Int
    /// The lowest bit of each byte that is taken, and how many are.
    var shift = 0
    var width = 8
    /// The lowest bit of the symbol that it becomes.
    var into = 0
    /// Whether each byte stands for eight symbols of one bit.
    var expands = false
  }

  /// The sub-blocks of codes are sorted by the code that stands for zero, which the planes in front tell.
  struct Order: Hashable, Sendable {
    /// The planes of the halves `d` and `m`, high bytes; low bytes are in the planes behind them.
    var scale: Int
    var minimum: Int
    /// The planes of the sub-blocks' own scales and minimums; nil for ones.
    var scales: Int?
    var minimums: Int?
    /// The plane of the codes.
    var codes: Int
    /// Sub-blocks of a block.
    var perBlock: Int
    /// The largest code.
    var levels: Int
    /// Whether the minimum is added, not subtracted.
    var adds = false
  }

  /// Loops that do the same as the runs, faster.
  enum Form: Hashable, Sendable {
    case runs
    case bytes
    case halves
    case singles
  }

  /// What it is called: the encoding's name.
  let name: String
  /// The bytes of a block.
  let blockBytes: Int
  /// The symbols that a block has in each plane.
  let planes: [Int]
  let runs: [Run]
  let order: Order?
  let form: Form

  /// What the kernels are told.
  let kernelRuns: [WBPlaneRun]
  let kernelOrder: WBPlaneOrder?
  /// The symbols of a block in all planes.
  let symbols: Int

  init(
    _ name: String, blockBytes: Int, planes: [Int], runs: [Run], order: Order? = nil,
    form: Form = .runs
  ) {
    self.name = name
    self.blockBytes = blockBytes
    self.planes = planes
    self.runs = runs
    self.order = order
    self.form = form
    var before: [Int] = []
    var sum = 0
    for count in planes {
      before.append(sum)
      sum += count
    }
    symbols = sum
    kernelRuns = runs.map { run in
      WBPlaneRun(
        offset: UInt32(run.offset), count: UInt32(run.count), before: UInt32(before[run.plane]),
        symbols: UInt32(planes[run.plane]), place: UInt32(run.place), shift: UInt8(run.shift),
        mask: UInt8(truncatingIfNeeded: (1 << run.width) - 1), into: UInt8(run.into),
        expands: run.expands ? 1 : 0)
    }
    kernelOrder = order.map { order in
      WBPlaneOrder(
        scale_high: UInt32(before[order.scale]), scale_low: UInt32(before[order.scale + 1]),
        minimum_high: UInt32(before[order.minimum]), minimum_low: UInt32(before[order.minimum + 1]),
        scales: order.scales.map { UInt32(before[$0]) } ?? .max,
        minimums: order.minimums.map { UInt32(before[$0]) } ?? .max,
        codes: UInt32(before[order.codes]), per_block: UInt32(order.perBlock),
        bytes: UInt32(planes[order.codes] / order.perBlock), levels: UInt32(order.levels),
        adds: order.adds ? 1 : 0)
    }
  }

  /// Bytes as they are: what is in no tensor, and encodings without a row.
  static let bytes = PlanarTransform(
    "bytes", blockBytes: 1, planes: [1], runs: [Run(plane: 0, place: 0, offset: 0, count: 1)],
    form: .bytes)

  static func == (left: PlanarTransform, right: PlanarTransform) -> Bool {
    left.name == right.name && left.blockBytes == right.blockBytes && left.planes == right.planes
      && left.runs == right.runs && left.order == right.order
  }

  func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The bytes of a chunk: whole blocks, at most a megabyte.
  var chunkBytes: Int { Piece.byteCount / blockBytes * blockBytes }

  /// Where the planes of `blocks` blocks lie, one behind the other.
  func ranges(blocks: Int) -> [Range<Int>] {
    var start = 0
    return planes.map { symbols in
      defer { start += symbols * blocks }
      return start..<start + symbols * blocks
    }
  }
}
