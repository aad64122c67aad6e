public import ByteIO

/// A text that is not JSON, with the offset of the first byte that shows it.
public struct JSONError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    case syntax, truncated, invalidUTF8, duplicateKey, tooDeep, numberRange
  }
  /// What is wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// Offset in the text, in bytes.
  public let offset: Int

  /// The error of a reader whose JSON starts at `base` in a file.
  public func formatError(in source: String, base: UInt64 = 0) -> FormatError {
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
  public var description: String { "\(message) (at byte \(offset))" }
}
