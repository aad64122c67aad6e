internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// What `llama-perplexity --kl-divergence-base` writes: sixteen bits for each token's logarithm.
///
///     "_logits_"  context u32  vocabulary i32  windows i32  tokens i32 [windows × context]
///     for each scored token:  scale f32  minimum f32  u16 [vocabulary, rounded up to even]
///
/// A logarithm is scale × number + minimum; those of improbable tokens are all the minimum.
struct LlamaLogits: LogProbabilityTable {
  private let source: any ByteSource
  private let context: Int
  private let vocabulary: Int
  private let windows: [[Int32]]
  private let start: UInt64

  private static let magic = Array("_logits_".utf8)

  /// Nil where the file is something else.
  init?(_ source: any ByteSource) throws {
    guard try source.readPrefix(8) == LlamaLogits.magic else { return nil }
    self.source = source
    var reader = ByteReader(source, at: 8)
    let context = Int(try reader.read(UInt32.self))
    let vocabulary = Int(try reader.read(Int32.self))
    let count = Int(try reader.read(Int32.self))
    guard (4...1 << 24).contains(context), vocabulary > 0, count > 0 else {
      throw reader.fault(
        .invalidValue, "\(count) windows of \(context) tokens of a vocabulary of \(vocabulary)")
    }
    let (tokens, overflow) = context.multipliedReportingOverflow(by: count)
    guard !overflow, UInt64(tokens) <= source.byteCount / 4 else {
      throw reader.fault(.truncated, "\(count) windows of \(context) tokens do not fit in the file")
    }
    var windows: [[Int32]] = []
    for _ in 0..<count {
      var window: [Int32] = []
      for _ in 0..<context { window.append(try reader.read(Int32.self)) }
      windows.append(window)
    }
    self.context = context
    self.vocabulary = vocabulary
    self.windows = windows
    start = reader.position
    let rows = UInt64(count * scored.count)
    let (bytes, overflowed) = rows.multipliedReportingOverflow(by: rowBytes)
    guard !overflowed, bytes <= source.byteCount - start else {
      throw reader.fault(
        .truncated, "\(rows) rows of \(rowBytes) bytes do not fit in the file")
    }
  }

  /// The second half of each window, as llama.cpp counts.
  private var scored: Range<Int> { context / 2..<context - 1 }

  private var rowBytes: UInt64 { UInt64((vocabulary + 1) / 2 * 2 + 4) * 2 }

  /// The stored reference.
  ///
  /// The file has the text's own tokens; the begin token took the place of each window's first when
  /// it was made, where the model wants one.
  func baseline(beginToken: Int32?) -> Baseline {
    let begun = windows.map { window in
      (beginToken.map { [$0] } ?? [window[0]]) + window.dropFirst()
    }
    return Baseline(
      windows: TokenWindows(windows: begun, scored: scored), vocabularySize: vocabulary,
      table: self)
  }

  func read(
    row: Int, columns: Range<Int>, into output: inout MutableSpan<Float>
  ) throws(FormatError) {
    do throws(IOError) {
      let place = start + UInt64(row) * rowBytes
      let head = try source.readBytes(at: place, count: 8)
      func float(_ at: Int) -> Float {
        Float(
          bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(head[at + $1]) << UInt32(8 * $1) })
      }
      let (scale, minimum) = (float(0), float(4))
      let bytes = try source.readBytes(
        at: place + 8 + UInt64(columns.lowerBound) * 2, count: columns.count * 2)
      for index in 0..<columns.count {
        let number = UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
        output[index] = scale * Float(number) + minimum
      }
    } catch { throw FormatError(error) }
  }
}
