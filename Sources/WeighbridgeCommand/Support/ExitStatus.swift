/// The exit statuses that scripts can rely on.
enum ExitStatus: Int32 {
  case done = 0
  case checkFailed = 1
  case wrongUsage = 2
  case invalidInput = 3
  case inputOutput = 4
  case internalError = 5
  case interrupted = 130
}

/// Things differ: the answer to a question, which was given, and no failure; exit status 1 as of `diff`.
struct Disagreement: Error {}

/// The check that was asked for failed: not an error of the program or of its input.
struct CheckFailure: Error {
  let message: String
  var hint: String?
}

/// The command line asks for something that makes no sense.
struct UsageError: Error {
  let message: String
  var hint: String?
}
