internal import Synchronization
package import WeighbridgeEncodings

/// What rounding the scales of old blocks to half precision cost.
///
/// It is complete when all payloads have been read.
package final class LegacyReport: Sendable {
  private let errors = Mutex<[Encoding: ScaleError]>([:])

  /// Nothing seen yet.
  package init() {}

  /// The largest errors for each old encoding that was met, by name.
  package var largestErrors: [(encoding: Encoding, error: ScaleError)] {
    errors.withLock { table in
      table.sorted { $0.key.name < $1.key.name }.map { (encoding: $0.key, error: $0.value) }
    }
  }

  /// The largest errors of all.
  package var largestError: ScaleError {
    largestErrors.reduce(ScaleError()) { $0.joined(with: $1.error) }
  }

  func note(_ error: ScaleError, in encoding: Encoding) {
    errors.withLock { table in
      table[encoding] = (table[encoding] ?? ScaleError()).joined(with: error)
    }
  }
}

extension ScaleError {
  fileprivate func joined(with other: ScaleError) -> ScaleError {
    ScaleError(
      relative: max(relative, other.relative), absolute: max(absolute, other.absolute))
  }
}
