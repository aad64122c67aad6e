/// The bytes are not what the format says.
package struct FormatError: Error, Hashable, Sendable {
  /// What is wrong.
  ///
  /// The names are stable: scripts and tests rely on them.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    /// The file is of another kind.
    case notThisFormat = "not-this-format"
    /// The right kind, in a version that is not known.
    case unsupportedVersion = "unsupported-version"
    /// The file ends before what it announces.
    case truncated
    /// A field holds a value that the format does not allow.
    case invalidValue = "invalid-value"
    /// A number that is NaN, infinite or beyond what the target holds.
    case nonFiniteValue = "non-finite-value"
    /// Bytes that must be UTF-8 are not.
    case invalidUTF8 = "invalid-utf8"
    /// Two parts claim the same bytes.
    case overlap
    /// A name occurs twice.
    case duplicateName = "duplicate-name"
    /// A count or a length beyond what the reader allows.
    case limitExceeded = "limit-exceeded"
    /// An encoding that cannot be decoded here.
    case unsupportedEncoding = "unsupported-encoding"
    /// A file that another one names is not there.
    case missingFile = "missing-file"
    /// Bytes whose digest is not the announced one.
    case digestMismatch = "digest-mismatch"
    /// A path that would leave its folder, or a link.
    case unsafePath = "unsafe-path"
    /// Content that only running a program could read: a pickle that calls functions.
    case unsafeContent = "unsafe-content"
    /// The system failed while the bytes were read.
    case io
  }

  /// What is wrong.
  package let code: Code
  /// What was expected and what was found.
  package let message: String
  /// The file or part that is wrong.
  package let source: String
  /// Where in the file, in bytes.
  package let offset: UInt64?
  /// How to go on, where there is advice to give.
  package let hint: String?
  /// The failure beneath, if the system failed.
  package let cause: IOError?

  /// Describes a fault at a place.
  package init(
    _ code: Code, _ message: String, in source: String, at offset: UInt64? = nil,
    hint: String? = nil
  ) {
    self.code = code
    self.message = message
    self.source = source
    self.offset = offset
    self.hint = hint
    self.cause = nil
  }

  /// Carries a failure of the system through a reader.
  package init(_ cause: IOError) {
    self.code = .io
    self.message = "cannot \(cause.operation.rawValue): \(cause.reason)"
    self.source = cause.path
    self.offset = nil
    self.hint = cause.hint
    self.cause = cause
  }
}

extension FormatError: CustomStringConvertible {
  /// One line: file, message, place and code.
  package var description: String {
    let place = offset.map { " (at byte \($0))" } ?? ""
    return Self.onOneLine("\(source): \(message)\(place) [\(code.rawValue)]")
  }

  /// Names come from files: what would begin a line or steer a terminal is shown as U+FFFD.
  private static func onOneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { line.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(line)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
      || (0x2028...0x2029).contains(scalar.value)
  }
}
