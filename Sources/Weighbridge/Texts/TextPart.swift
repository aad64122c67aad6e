internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// One of the texts of an evaluation, and where its tokens stand among all.
public struct TextPart: Hashable, Sendable {
  /// What results call it.
  public let name: String
  /// Where it is; nil where it was given as bytes.
  public let path: String?
  /// The SHA-256 of its bytes; nil where they are not known.
  public let digest: String?
  /// Its windows.
  public private(set) var windowCount = 0
  /// Its scored tokens.
  public var tokenCount: Int { tokens.count }
  /// Its scored tokens among those of all texts.
  package private(set) var tokens = 0..<0
  /// Its windows among those of all texts.
  package private(set) var windows = 0..<0

  init(_ name: String, digest: String?) {
    self.name = name
    path = nil
    self.digest = digest
  }

  init(_ source: TextSource, digest: String) {
    name = source.name
    path = source.path
    self.digest = digest
  }

  /// Texts one behind another.
  static func placed(_ texts: [(TextPart, TokenWindows)]) -> [TextPart] {
    var (token, window) = (0, 0)
    return texts.map { part, cut in
      var part = part
      part.windowCount = cut.windows.count
      part.windows = window..<window + cut.windows.count
      part.tokens = token..<token + cut.scoredCount
      (token, window) = (part.tokens.upperBound, part.windows.upperBound)
      return part
    }
  }
}

extension TextSource {
  /// Runs something on the text; errors about "the text" get its name.
  func named<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ModelError where error.subject == "text" {
      throw RequestError(
        message: "\(path == "-" ? "standard input" : path): \(error.message)", hint: error.hint)
    }
  }
}
