internal import WeighbridgeByteIO

/// The hidden states of all tokens of a text between two layers: in memory, or in a scratch file where
/// they are too many for it.
final class HiddenStates {
  private let columns: Int
  private let memory: Matrix?
  private let file: ScratchFile?

  /// Room for `tokens`; `limit` is how much memory they may take.
  init(tokens: Int, columns: Int, limit: UInt64) throws(FormatError) {
    self.columns = columns
    let bytes = UInt64(tokens) * UInt64(columns) * 4
    if bytes <= limit {
      memory = Matrix(
        SharedBuffer(uninitialized: tokens * columns), rows: tokens, columns: columns)
      file = nil
    } else {
      memory = nil
      do { file = try ScratchFile() } catch { throw FormatError(error) }
    }
  }

  /// Bytes of memory that are held.
  var heldBytes: UInt64 { memory.map { UInt64($0.rows) * UInt64(columns) * 4 } ?? 0 }

  /// Keeps the states of some tokens.
  func store(_ states: Matrix, at rows: Range<Int>) throws(FormatError) {
    precondition(states.rows == rows.count && states.columns == columns)
    if let memory { memory.rows(rows).copy(states) }
    guard let file else { return }
    let packed = states.stride == columns ? states : states.copied
    do throws(IOError) {
      try packed.write(to: file, at: UInt64(rows.lowerBound) * UInt64(columns) * 4)
    } catch { throw FormatError(error) }
  }

  /// The states of some tokens; they may be those that are kept, so nobody writes to them.
  func states(of rows: Range<Int>) throws(FormatError) -> Matrix {
    if let memory { return memory.rows(rows) }
    let result = Matrix(
      SharedBuffer(uninitialized: rows.count * columns), rows: rows.count, columns: columns)
    guard let file else { return result }
    do throws(IOError) {
      try result.read(from: file, at: UInt64(rows.lowerBound) * UInt64(columns) * 4)
    } catch { throw FormatError(error) }
    return result
  }
}
