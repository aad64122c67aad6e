/// A well-formed model lacks, or contradicts, what an operation needs.
package struct ModelError: Error, Hashable, Sendable {
  /// What is wrong.
  ///
  /// The names are stable.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    case missingMetadata = "missing-metadata"
    case invalidMetadata = "invalid-metadata"
    case missingTensor = "missing-tensor"
    case unmappedTensor = "unmapped-tensor"
    case shapeMismatch = "shape-mismatch"
    case unsupportedArchitecture = "unsupported-architecture"
    case unsupportedTokenizer = "unsupported-tokenizer"
    case unsupportedEncoding = "unsupported-encoding"
    case unsupportedSetting = "unsupported-setting"
    case nonFiniteValue = "non-finite-value"
    case notWritable = "not-writable"
    case invalidRequest = "invalid-request"
  }

  /// What is wrong.
  package let code: Code
  /// The tensor, the key or the file that it is about.
  package let subject: String
  /// What was expected and what was found.
  package let message: String
  /// How to go on, where there is advice to give.
  package let hint: String?

  /// Describes an error.
  package init(_ code: Code, _ subject: String, _ message: String, hint: String? = nil) {
    self.code = code
    self.subject = subject
    self.message = message
    self.hint = hint
  }
}

extension ModelError: CustomStringConvertible {
  /// One line: subject, message and code.
  package var description: String { "\(subject): \(message) [\(code.rawValue)]" }
}
