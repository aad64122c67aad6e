import ArgumentParser
import Glibc
import Weighbridge
import WeighbridgeReports

/// Says what went wrong in one line, with a hint where there is one, and ends with the right status.
enum Failure {
  static func exit(with error: any Error) -> Never {
    let code = WeighbridgeCommand.exitCode(for: error)
    if code == .success {
      Console.print(WeighbridgeCommand.fullMessage(for: error))
      Glibc.exit(ExitStatus.done.rawValue)
    }
    let (message, hint, status) = explain(error)
    Console.error(message, hint: hint)
    Glibc.exit(status.rawValue)
  }

  /// The message, the hint and the status of any error.
  static func explain(_ error: any Error) -> (String, hint: String?, ExitStatus) {
    switch error {
    case let error as CheckFailure: (error.message, nil, .checkFailed)
    case let error as UsageError: (error.message, error.hint, .wrongUsage)
    default:
      if WeighbridgeCommand.exitCode(for: error) == .validationFailure {
        (WeighbridgeCommand.message(for: error), "see 'weighbridge --help'", .wrongUsage)
      } else {
        explain(WeighbridgeError(error))
      }
    }
  }

  private static func explain(_ error: WeighbridgeError) -> (String, hint: String?, ExitStatus) {
    let status: ExitStatus =
      switch error.kind {
      case .request: .wrongUsage
      case .input: .invalidInput
      case .system: .inputOutput
      case .bug: .internalError
      }
    return (error.message, error.hint, status)
  }
}
