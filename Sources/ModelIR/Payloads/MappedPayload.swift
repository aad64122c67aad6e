package import WeighbridgeByteIO
internal import WeighbridgeEncodings

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A factor of some rows.
package struct RowFactor: Hashable, Sendable {
  /// The rows, counted through all dimensions but the last.
  package let rows: Range<Int>
  /// Their factor.
  package let factor: Float
  /// Describes a factor.
  package init(_ rows: Range<Int>, _ factor: Float) {
    self.rows = rows
    self.factor = factor
  }
}

/// Every element of another payload put through a formula.
///
/// Computed and stored in single precision; in half precision, rounded to it, where the source is: as
/// PyTorch does.
package struct MappedPayload: TensorPayload {
  /// A formula.
  package enum Formula: Hashable, Sendable {
    /// x · c, where each row may have a c of its own.
    case multiplyRows([RowFactor])
    /// x + c.
    case add(Float)
    /// x · c.
    case multiply(Float)
    /// −eˣ.
    case negativeExponential
    /// log(−x), which undoes it.
    case logarithmOfNegative
  }

  package let layout: TensorLayout
  private let rows: FloatRows
  private let formula: Formula
  private let target: Encoding.Encoder

  /// Nil where the source cannot be decoded.
  ///
  /// Where `isWidened`, half precision becomes single, too.
  package init?(_ base: any TensorPayload, _ formula: Formula, isWidened: Bool = false) {
    let encoding: Encoding = base.layout.encoding == .f16 && !isWidened ? .f16 : .f32
    guard let rows = FloatRows(base), let target = encoding.encoder,
      let layout = TensorLayout(base.layout.shape, encoding)
    else { return nil }
    self.layout = layout
    self.rows = rows
    self.formula = formula
    self.target = target
  }

  /// A number whose negative exponential is `value`.
  ///
  /// Below 1 several numbers lead to the same. Models begin with the logarithms of 1, 2, 3, …: where
  /// such a one is among them, it is meant.
  private static func logarithm(ofNegative value: Float) -> Float {
    let whole = Float(log(Double((-value).rounded())))
    if -TorchExponential.value(whole) == value { return whole }
    return Float(log(-Double(value)))
  }

  package var step: PayloadStep { .mapped }
  package var parts: [any TensorPayload] { [rows.payload] }

  package func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let count = range.count * layout.rowLength
    var floats = try rows.borrow(rows: range, from: &scratch)
    for index in 0..<count {
      switch formula {
      case .add(let number): floats[index] += number
      case .multiply(let number): floats[index] *= number
      case .multiplyRows(let factors):
        let row = range.lowerBound + index / max(1, layout.rowLength)
        if let factor = factors.first(where: { $0.rows.contains(row) }) {
          floats[index] *= factor.factor
        }
      case .negativeExponential: floats[index] = -TorchExponential.value(floats[index])
      case .logarithmOfNegative: floats[index] = Self.logarithm(ofNegative: floats[index])
      }
    }
    target.encode(
      floats.span.extracting(0..<count), rowLength: layout.rowLength, importance: nil,
      into: &buffer)
    scratch.give(floats)
  }
}
