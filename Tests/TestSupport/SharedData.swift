internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// The folder of real models and golden results that is too large for the repository.
package enum SharedData {
  /// `$WEIGHBRIDGE_DATA`, or `../shared/data` beside the package; nil where neither is there.
  package static let folder: String? = {
    // As the command line does: a connection or a pipe that the other side closes is an error where it is
    // written to, and must not end all tests.
    signal(SIGPIPE, SIG_IGN)
    let named = ProcessInfo.processInfo.environment["WEIGHBRIDGE_DATA"]
    let candidates = [named, packageFolder + "/../shared/data"].compactMap { $0 }
    for candidate in candidates
    where FileManager.default.fileExists(atPath: candidate + "/README.md") {
      return candidate
    }
    print("SKIPPED: tests on real models (set WEIGHBRIDGE_DATA to the folder of shared data)")
    return nil
  }()

  /// Whether the folder is there: the condition of a test that needs it.
  package static var isPresent: Bool { folder != nil }

  /// The package's own folder.
  package static let packageFolder: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  /// A path within the folder.
  package static func path(_ relative: String) -> String { (folder ?? "") + "/" + relative }

  /// A path within `Fixtures/`.
  package static func fixture(_ relative: String) -> String {
    packageFolder + "/Fixtures/" + relative
  }
}
