import Foundation
import Synchronization
import TestSupport
import WeighbridgeJSON

/// Runs the built binary as a user would and collects what it says.
struct Program {
  let output: String
  let errors: String
  let status: Int32

  /// The binary beside the test runner.
  static let path: String = {
    if let named = ProcessInfo.processInfo.environment["WEIGHBRIDGE_BINARY"] { return named }
    return SharedData.packageFolder + "/.build/release/weighbridge"
  }()

  /// Runs `weighbridge` with arguments, in `folder`.
  static func run(
    _ arguments: [String], in folder: String = SharedData.packageFolder,
    environment: [String: String] = [:], program: String = Program.path
  ) throws -> Program {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Both pipes are drained at once, so that neither fills up and blocks the program.
    let said = Collected()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      said.bytes.withLock { $0 = errors.fileHandleForReading.readDataToEndOfFile() }
      done.signal()
    }
    thread.start()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    done.wait()
    process.waitUntilExit()
    return Program(
      output: String(decoding: printed, as: UTF8.self),
      errors: String(decoding: said.bytes.withLock { $0 }, as: UTF8.self),
      status: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus)
  }

  /// The JSON document that was printed.
  func json() throws -> JSONValue { try JSONValue.parse(Array(output.utf8)) }
}

/// What another thread has read.
private final class Collected: Sendable {
  let bytes = Mutex(Data())
}

/// A folder that goes away with the test.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "weighbridge-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// What lies in the folder, hidden files too.
  var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
