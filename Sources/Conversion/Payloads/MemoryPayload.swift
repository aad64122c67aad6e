public import ByteIO
internal import Encodings
public import ModelIR

/// A small tensor that is held in memory.
public struct MemoryPayload: TensorPayload {
  /// The layout of what `read` produces.
  public let layout: TensorLayout
  private let bytes: [UInt8]

  /// Floats in single precision and one dimension; nil where there are too many.
  public init?(_ floats: [Float]) {
    guard let shape = TensorShape([floats.count]), let layout = TensorLayout(shape, F32.traits)
    else { return nil }
    self.layout = layout
    self.bytes = floats.flatMap { value in
      let bits = value.bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }
  }

  /// Produces rows; see `TensorPayload`.
  public func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    guard !rows.isEmpty else { return }
    unsafe buffer.withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { unsafe output.copyMemory(from: $0) }
    }
  }
}
