internal import Foundation

/// The folder of real models and golden results that is too large for the repository.
public enum SharedData {
  /// `$WEIGHBRIDGE_DATA`, or `../shared/data` beside the package; nil where neither is there.
  public static let folder: String? = {
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
  public static var isPresent: Bool { folder != nil }

  /// The package's own folder.
  public static let packageFolder: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  /// A path within the folder.
  public static func path(_ relative: String) -> String { (folder ?? "") + "/" + relative }

  /// A path within `Fixtures/`.
  public static func fixture(_ relative: String) -> String {
    packageFolder + "/Fixtures/" + relative
  }
}
