package import WeighbridgeByteIO

/// A text that is not JSON, with the offset of the first byte that shows it.
package struct JSONError: Error, Hashable, Sendable {
  /// What is wrong.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    case syntax, truncated, invalidUTF8, duplicateKey, tooDeep, numberRange
  }
  /// What is wrong.
  package let code: Code
  /// What was expected and what was found.
  package let message: String
  /// Offset in the text, in bytes.
  package let offset: Int

  /// The error of a reader whose JSON starts at `base` in a file.
  package func formatError(in source: String, base: UInt64 = 0) -> FormatError {
    let kind: FormatError.Code =
      switch code {
      case .syntax, .numberRange: .invalidValue
      case .truncated: .truncated
      case .invalidUTF8: .invalidUTF8
      case .duplicateKey: .duplicateName
      case .tooDeep: .limitExceeded
      }
    return FormatError(kind, message, in: source, at: base + UInt64(offset))
  }
}

extension JSONError: CustomStringConvertible {
  /// One line: message and offset.
  package var description: String { "\(message) (at byte \(offset))" }
}
