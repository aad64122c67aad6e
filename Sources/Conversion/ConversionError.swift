package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Why a conversion stopped.
///
/// Closed: each case is an exit status of the command line.
package enum ConversionError: Error, Hashable, Sendable {
  /// The bytes of an input are not what its format says.
  case format(FormatError)
  /// The model does not fit the request.
  case model(ModelError)
  /// The system failed.
  case io(IOError)

  /// Carries a reader's error; a failure of the system stays one.
  package init(_ error: FormatError) {
    self = error.cause.map { .io($0) } ?? .format(error)
  }
}

extension ConversionError: CustomStringConvertible {
  /// The line of the error within.
  package var description: String {
    switch self {
    case .format(let error): error.description
    case .model(let error): error.description
    case .io(let error): error.description
    }
  }

  /// How to go on, where there is advice to give.
  package var hint: String? {
    switch self {
    case .format(let error): error.hint
    case .model(let error): error.hint
    case .io: nil
    }
  }
}
