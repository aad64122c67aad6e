#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The system failed: a file could not be opened, read, written or renamed.
package struct IOError: Error, Hashable, Sendable {
  /// What was attempted.
  package enum Operation: String, Hashable, Sendable {
    case open, read, write, create, rename, synchronize, list, remove
  }

  /// What kind of failure it is.
  ///
  /// The names are stable: scripts and tests rely on them.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    /// The system failed, or something is in the way.
    case io
    /// An output would replace a file that is read.
    case isInput = "is-input"
    /// An output cannot be what it leads to: a folder, a device, a FIFO, standard output.
    case notAFile = "not-a-file"
    /// A file was changed while it was read.
    case inputChanged = "input-changed"
  }

  /// What was attempted.
  package let operation: Operation
  /// What kind of failure it is.
  package let code: Code
  /// The file it was attempted on.
  package let path: String
  /// The system's error number; 0 where the reason is our own.
  package let number: Int32
  /// Why, in words.
  package let reason: String
  /// How to go on, where there is advice to give.
  package let hint: String?

  /// An error with a reason of our own.
  package init(
    _ operation: Operation, path: String, code: Code = .io, reason: String, hint: String? = nil
  ) {
    self.operation = operation
    self.code = code
    self.path = path
    self.number = 0
    self.reason = reason
    self.hint = hint
  }

  /// An error of the system: `number` is `errno` just after the call.
  package init(_ operation: Operation, path: String, number: Int32) {
    self.operation = operation
    self.code = .io
    self.path = path
    self.number = number
    self.reason = unsafe String(cString: strerror(number))
    self.hint = nil
  }
}

extension IOError: CustomStringConvertible {
  /// One line: the file, the operation and the reason.
  package var description: String { "\(path): cannot \(operation.rawValue): \(reason)" }
}
