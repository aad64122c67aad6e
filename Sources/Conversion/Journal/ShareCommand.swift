internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// The command line that writes a share, kept with its journal: `join` repeats it, and names it where a
/// share is missing.
package struct ShareCommand: Hashable, Sendable {
  /// Without the option that says which share it is.
  package let arguments: [String]
  /// The folder in which it was typed.
  package let folder: String

  static let labels = ["command", "folder"]

  /// Describes a command.
  package init(arguments: [String], folder: String) {
    (self.arguments, self.folder) = (arguments, folder)
  }

  /// The line to type for a share.
  package func text(share: String) -> String {
    let safe = { (argument: String) in
      !argument.isEmpty
        && argument.utf8.allSatisfy {
          $0 >= 0x80 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "-_./=:,+@%".utf8.contains($0)
        }
    }
    let words = arguments.map {
      safe($0) ? $0 : "'" + $0.replacing("'", with: "'\\''") + "'"
    }
    return (["weighbridge"] + words + ["--part", share]).joined(separator: " ")
  }

  init?(_ identity: PlanIdentity) {
    guard let text = identity.value("command"), let folder = identity.value("folder"),
      let array = (try? JSONValue.parse(Array(text.utf8)))?.array
    else { return nil }
    self.init(arguments: array.compactMap { $0.text }, folder: folder)
  }

  func kept(with identity: PlanIdentity) -> PlanIdentity {
    let array = JSONValue.array(arguments.map { JSONValue($0) })
    return identity.with("command", array.text(compact: true)).with("folder", folder)
  }
}
