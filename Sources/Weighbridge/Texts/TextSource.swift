internal import WeighbridgeByteIO

/// Texts to run models on, from one place: a file of plain text, of JSON lines or one JSON array, or a folder
/// of these.
///
/// An entry of JSON is an object with `text`; with `messages`, and perhaps `tools`, as chat templates take
/// them; or with `conversations`, as ShareGPT writes them.
public struct TextSource: Hashable, Sendable {
  /// What results call it: its file's name where it was given no other.
  public let name: String
  /// Where it is: a path, or - for standard input.
  public let path: String

  /// Names what lies at a path.
  public init(_ path: String, name: String? = nil) {
    self.path = path
    self.name = name ?? ModelInput.shortName(path == "-" ? "standard input" : path)
  }

  /// `PATH`, or `NAME=PATH`; a path that exists is one whatever is in it.
  public init(parsing argument: String) {
    guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex,
      PathKind(following: argument) == nil
    else {
      self.init(argument)
      return
    }
    self.init(
      String(argument[argument.index(after: mark)...]), name: String(argument[..<mark]))
  }
}

/// Which tokens of conversations are scored.
public enum ScoredTurns: String, Hashable, Sendable, CaseIterable {
  /// All tokens.
  case all
  /// What the model answers.
  case assistant
  /// The last answer of each conversation.
  case last
}
