import ArgumentParser
import Glibc
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeInference
import WeighbridgeModelIR
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
    case let error as FormatError:
      (error.description, error.hint, error.cause == nil ? .invalidInput : .inputOutput)
    case let error as ModelError:
      (error.description, error.hint, error.code == .invalidRequest ? .wrongUsage : .invalidInput)
    case ConversionError.format(let error): explain(error)
    case ConversionError.model(let error): explain(error)
    case ConversionError.io(let error): explain(error)
    case InferenceError.model(let error): explain(error)
    case InferenceError.format(let error): explain(error)
    case let error as IOError: (error.description + " [io]", nil, .inputOutput)
    case let error as CheckFailure: (error.message, nil, .checkFailed)
    case let error as UsageError: (error.message, error.hint, .wrongUsage)
    default:
      if WeighbridgeCommand.exitCode(for: error) == .validationFailure {
        (WeighbridgeCommand.message(for: error), "see 'weighbridge --help'", .wrongUsage)
      } else {
        (
          "internal error: \(error)", "this is a bug; please report it with the command line",
          .internalError
        )
      }
    }
  }
}
