import ByteIO
import Formats
import ModelIR

/// Opens what the user calls a model: a file, any shard, a folder, or a bundle's member.
enum ModelInput {
  /// Opens `path`; recognised by content.
  static func open(_ path: String) throws -> Model {
    try Formats.open(path: path)
  }

  /// A short name for tables: the last part of the path.
  static func shortName(_ path: String) -> String {
    let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
    return trimmed.split(separator: "/").last.map(String.init) ?? path
  }

  /// Prints what the reader noticed, unless told to be quiet.
  static func report(_ problems: [Problem], _ verbosity: Console.Verbosity) {
    guard verbosity > .quiet else { return }
    for problem in problems where problem.severity != .note {
      Console.warn("\(problem.place): \(problem.message) [\(problem.code)]")
    }
  }
}
