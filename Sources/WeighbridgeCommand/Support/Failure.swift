import ArgumentParser
import Glibc
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeJSON
import WeighbridgeReports

/// Says what went wrong in one line, with a hint where there is one, and ends with the right status.
enum Failure {
  static func exit(with error: any Error) -> Never {
    let code = WeighbridgeCommand.exitCode(for: error)
    if code == .success {
      Console.print(WeighbridgeCommand.fullMessage(for: error))
      Glibc.exit(ExitStatus.done.rawValue)
    }
    if error is Disagreement { Glibc.exit(ExitStatus.checkFailed.rawValue) }
    let failure = explain(error)
    if wantsJSON, !Console.hasPrinted { Console.print(json: failure.json) }
    Console.error(failure.message, hint: failure.hint)
    Glibc.exit(failure.status.rawValue)
  }

  /// What is said of an error.
  struct Explanation {
    let code: String
    let message: String
    var hint: String?
    let status: ExitStatus

    /// The document that stands for the one that was asked for.
    var json: JSONValue {
      [
        "schema": "weighbridge.error/1", "code": JSONValue(code), "message": JSONValue(message),
        "hint": hint.map { JSONValue($0) } ?? nil, "status": .integer(Int(status.rawValue)),
      ]
    }
  }

  /// Whether one document on standard output was asked for.
  private static var wantsJSON: Bool {
    CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains("--json")
  }

  /// The message, the hint and the status of any error.
  static func explain(_ error: any Error) -> Explanation {
    switch error {
    case let error as CheckFailure:
      Explanation(
        code: "check-failed", message: error.message, hint: error.hint, status: .checkFailed)
    case let error as UsageError:
      Explanation(
        code: "usage", message: error.message, hint: error.hint ?? help, status: .wrongUsage)
    default:
      if WeighbridgeCommand.exitCode(for: error) == .validationFailure {
        Explanation(
          code: "usage", message: WeighbridgeCommand.message(for: error), hint: hint(for: error),
          status: .wrongUsage)
      } else {
        explain(WeighbridgeError(error))
      }
    }
  }

  /// Where the options of the command are described.
  private static var help: String {
    let command = Invocation.command(of: Array(CommandLine.arguments.dropFirst()))
    return "see 'weighbridge \(command.map { $0 + " " } ?? "")--help'"
  }

  /// The way on from a mistake in the command line: the line to type, where it is clear what was meant.
  private static func hint(for error: any Error) -> String {
    let message = WeighbridgeCommand.message(for: error)
    // llama-quantize has no -t; ollama's `quantize -t` and `-q` are types.
    let words = message.split(separator: "'")
    if message.contains("'-t <"), let type = words.dropFirst().first.map(String.init),
      RecipeRegistry.meant(by: type) != nil, Int(type) == nil
    {
      return "-t is the number of threads; the type is --type \(type)"
    }
    return help
  }

  private static func explain(_ error: WeighbridgeError) -> Explanation {
    let status: ExitStatus =
      switch error.kind {
      case .request: .wrongUsage
      case .input: .invalidInput
      case .system: .inputOutput
      case .bug: .internalError
      }
    return Explanation(
      code: error.code, message: error.message, hint: error.hint, status: status)
  }
}
