internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Numbers that are computed from those of one tensor or of several, in single precision; where the
/// source is in half precision, every step is rounded to it, as PyTorch does.
///
/// Memory is one row of each source.
struct DerivedPayload: TensorPayload {
  /// A batch norm whose statistics are fixed, as y = scale · x + shift.
  enum BatchNorm: Hashable, Sendable { case scale(Float), shift(Float) }

  private enum Rule: Hashable, Sendable {
    case batchNorm(BatchNorm), softplus, centered
    /// Sums of so many equal parts of each row.
    case sum(Int)
    /// Rows of a square grid of one side, at another.
    case grid(from: Int, to: Int)
  }

  let layout: TensorLayout
  private let sources: [FloatRows]
  private let rule: Rule
  private let isHalf: Bool
  private let target: Encoding.Encoder

  /// Nil where the parts differ in shape: weight, bias, mean, variance.
  init?(_ part: BatchNorm, weight: any TensorPayload, _ others: [any TensorPayload]) {
    let shape = weight.layout.shape
    guard shape.dimensions.count == 1, others.count == 3,
      others.allSatisfy({ $0.layout.shape == shape })
    else { return nil }
    self.init([weight] + others, .batchNorm(part), shape.dimensions)
  }

  /// log(1 + eˣ).
  init?(softplus base: any TensorPayload) {
    self.init([base], .softplus, base.layout.shape.dimensions)
  }

  /// A vector without its mean.
  init?(centered base: any TensorPayload) {
    guard base.layout.shape.dimensions.count == 1 else { return nil }
    self.init([base], .centered, base.layout.shape.dimensions)
  }

  /// Each row as the sum of so many parts of it.
  init?(_ base: any TensorPayload, sumsOf count: Int) {
    let dimensions = base.layout.shape.dimensions
    guard dimensions.count == 2, count > 0, dimensions[1] % count == 0 else { return nil }
    self.init([base], .sum(count), [dimensions[0], dimensions[1] / count])
  }

  /// A square grid of rows at another size; the outermost dimension has one element.
  init?(_ base: any TensorPayload, side: Int) {
    let dimensions = base.layout.shape.dimensions
    guard dimensions.count == 3, dimensions[0] == 1, (1...4096).contains(side) else { return nil }
    let from = Int(Double(dimensions[1]).squareRoot())
    guard from * from == dimensions[1] else { return nil }
    self.init([base], .grid(from: from, to: side), [1, side * side, dimensions[2]])
  }

  private init?(_ bases: [any TensorPayload], _ rule: Rule, _ dimensions: [Int]) {
    let sources = bases.compactMap { FloatRows($0) }
    guard sources.count == bases.count, let target = Encoding.f32.encoder,
      let shape = TensorShape(dimensions), let layout = TensorLayout(shape, .f32)
    else { return nil }
    self.layout = layout
    self.sources = sources
    self.rule = rule
    self.target = target
    isHalf = bases.allSatisfy { $0.layout.encoding == .f16 }
  }

  var step: PayloadStep { .mapped }
  var parts: [any TensorPayload] { sources.map(\.payload) }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    var floats: [Float] = []
    floats.reserveCapacity(range.count * layout.rowLength)
    for row in range { floats += try self.row(row, &scratch) }
    target.encode(floats.span, rowLength: layout.rowLength, importance: nil, into: &buffer)
  }

  private func row(_ row: Int, _ scratch: inout PayloadScratch) throws(FormatError) -> [Float] {
    if case .grid(let from, let to) = rule { return try gridRow(row, from, to, &scratch) }
    var values: [[Float]] = []
    for source in sources { values.append(try source.read(rows: row..<row + 1, &scratch)) }
    switch rule {
    case .batchNorm(let part):
      return values[0].indices.map { index in
        folded(part, values[0][index], values[1][index], values[2][index], values[3][index])
      }
    case .softplus: return values[0].map { rounded(Self.softplus($0)) }
    case .centered:
      let mean = kept(Float(values[0].reduce(0.0) { $0 + Double($1) } / Double(values[0].count)))
      return values[0].map { kept($0 - mean) }
    case .sum(let count):
      let length = layout.rowLength
      return (0..<length).map { column in
        rounded((0..<count).reduce(Float(0)) { $0 + values[0][$1 * length + column] })
      }
    case .grid: return values[0]
    }
  }

  /// conversion/gemma.py, `ConformerAudioModel.modify_tensors`: a = w / √(v + ε), b − m · a.
  private func folded(
    _ part: BatchNorm, _ weight: Float, _ bias: Float, _ mean: Float, _ variance: Float
  ) -> Float {
    let epsilon =
      switch part {
      case .scale(let number), .shift(let number): number
      }
    let deviation = rounded(rounded(variance + epsilon).squareRoot())
    let scale = rounded(weight / deviation)
    switch part {
    case .scale: return scale
    case .shift: return rounded(bias - rounded(mean * scale))
    }
  }

  /// PyTorch's, which is the number itself beyond 20.
  private static func softplus(_ value: Float) -> Float {
    value > 20 ? value : Float(log1p(exp(Double(value))))
  }

  /// Between the four nearest rows, corners lying on corners (`F.interpolate`, bilinear).
  private func gridRow(
    _ row: Int, _ from: Int, _ to: Int, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Float] {
    let (top, bottom, down) = Self.neighbours(row / to, from, to)
    let (left, right, across) = Self.neighbours(row % to, from, to)
    var sum = [Float](repeating: 0, count: layout.rowLength)
    for (y, high) in [(top, 1 - down), (bottom, down)] {
      for (x, wide) in [(left, 1 - across), (right, across)] {
        let source = y * from + x
        let values = try sources[0].read(rows: source..<source + 1, &scratch)
        for column in sum.indices { sum[column] += high * wide * values[column] }
      }
    }
    return sum
  }

  /// The two places next to one of a finer or coarser line, and the share of the second.
  private static func neighbours(_ place: Int, _ from: Int, _ to: Int) -> (Int, Int, Float) {
    guard to > 1 else { return (0, min(1, from - 1), 0) }
    let position = Float(from - 1) / Float(to - 1) * Float(place)
    let first = min(Int(position), from - 1)
    return (first, min(first + 1, from - 1), position - Float(first))
  }

  /// A number of the source's own precision.
  private func kept(_ value: Float) -> Float {
    guard sources.first?.payload.layout.encoding == .bf16, value.isFinite else {
      return rounded(value)
    }
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) & 0xFFFF_0000)
  }

  private func rounded(_ value: Float) -> Float { isHalf ? Float(Float16(value)) : value }
}
