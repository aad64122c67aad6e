internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Why something could not be done.
public struct WeighbridgeError: Error, Hashable, Sendable {
  /// Whose fault it is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// What was asked for makes no sense.
    case request
    /// The input is invalid, or not supported.
    case input
    /// The system failed: reading, writing, the network.
    case system
    /// A bug of this library.
    case bug
  }

  /// Whose fault it is.
  public let kind: Kind
  /// A stable name for programs: `truncated`, `missing-tensor`.
  public let code: String
  /// One line: the place, what was expected and what was found.
  public let message: String
  /// How to go on, where there is advice to give.
  public let hint: String?

  /// Wraps an error of the modules underneath.
  package init(_ error: any Error) {
    switch error {
    case let error as WeighbridgeError: self = error
    case let error as RequestError:
      self.init(.request, "invalid-request", error.message, error.hint)
    case let error as FormatError where error.cause.map { $0.code != .io } ?? false:
      self.init(error.cause ?? error)
    case let error as FormatError:
      self.init(
        error.cause == nil ? .input : .system, error.code.rawValue, error.description, error.hint)
    case let error as ModelError:
      self.init(
        error.code == .invalidRequest ? .request : .input, error.code.rawValue, error.description,
        error.hint)
    case ConversionError.format(let error): self.init(error)
    case ConversionError.model(let error): self.init(error)
    case ConversionError.io(let error): self.init(error)
    case InferenceError.model(let error): self.init(error)
    case InferenceError.format(let error): self.init(error)
    case let error as TemplateFailure: self.init(.input, error.code, error.message, nil)
    case let error as IOError: self.init(error)
    default:
      self.init(
        .bug, "internal", "internal error: \(error)",
        "this is a bug; please report it with what was asked")
    }
  }

  /// A failure of the system; or an output that nobody can write as asked.
  private init(_ error: IOError) {
    let kind: Kind =
      switch error.code {
      case .io, .inputChanged: .system
      case .isInput, .notAFile: .request
      }
    self.init(
      kind, error.code.rawValue, "\(error.description) [\(error.code.rawValue)]", error.hint)
  }

  private init(_ kind: Kind, _ code: String, _ message: String, _ hint: String?) {
    self.kind = kind
    self.code = code
    self.message = message
    self.hint = hint
  }
}

extension WeighbridgeError: CustomStringConvertible {
  /// The message, with the hint behind it.
  public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

/// Runs `body`; whatever it throws becomes the public error.
func publicly<Result>(
  _ body: () throws -> Result
) throws(WeighbridgeError) -> Result {
  do { return try body() } catch { throw WeighbridgeError(error) }
}
