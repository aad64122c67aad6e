/// A well-formed model lacks, or contradicts, what an operation needs.
public struct ModelError: Error, Hashable, Sendable {
  /// What is wrong.
  ///
  /// The names are stable.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    case missingMetadata = "missing-metadata"
    case invalidMetadata = "invalid-metadata"
    case missingTensor = "missing-tensor"
    case unmappedTensor = "unmapped-tensor"
    case shapeMismatch = "shape-mismatch"
    case unsupportedArchitecture = "unsupported-architecture"
    case unsupportedTokenizer = "unsupported-tokenizer"
    case unsupportedEncoding = "unsupported-encoding"
    case nonFiniteValue = "non-finite-value"
    case notWritable = "not-writable"
    case invalidRequest = "invalid-request"
  }

  /// What is wrong.
  public let code: Code
  /// The tensor, the key or the file that it is about.
  public let subject: String
  /// What was expected and what was found.
  public let message: String
  /// How to go on, where there is advice to give.
  public let hint: String?

  /// Describes an error.
  public init(_ code: Code, _ subject: String, _ message: String, hint: String? = nil) {
    self.code = code
    self.subject = subject
    self.message = message
    self.hint = hint
  }
}

extension ModelError: CustomStringConvertible {
  /// One line: subject, message and code.
  public var description: String { "\(subject): \(message) [\(code.rawValue)]" }
}
