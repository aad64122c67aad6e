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

  /// What was attempted.
  package let operation: Operation
  /// The file it was attempted on.
  package let path: String
  /// The system's error number; 0 where the reason is our own.
  package let number: Int32
  /// Why, in words.
  package let reason: String

  /// An error with a reason of our own.
  package init(_ operation: Operation, path: String, reason: String) {
    self.operation = operation
    self.path = path
    self.number = 0
    self.reason = reason
  }

  /// An error of the system: `number` is `errno` just after the call.
  package init(_ operation: Operation, path: String, number: Int32) {
    self.operation = operation
    self.path = path
    self.number = number
    self.reason = unsafe String(cString: strerror(number))
  }
}

extension IOError: CustomStringConvertible {
  /// One line: the file, the operation and the reason.
  package var description: String { "\(path): cannot \(operation.rawValue): \(reason)" }
}
