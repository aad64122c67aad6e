/// A model on the Hugging Face Hub: `owner/name` at a revision.
struct HubRepository: Hashable, Sendable {
  let owner: String
  let model: String
  /// A branch, a tag or a commit.
  let revision: String

  /// Nil where a part is not what the Hub allows: nothing here can leave a folder of the cache.
  init?(owner: String, model: String, revision: String) {
    guard Self.isName(owner), Self.isName(model), Self.isRevision(revision) else { return nil }
    self.owner = owner
    self.model = model
    self.revision = revision
  }

  /// `hf://owner/name@revision`.
  var description: String {
    "hf://\(owner)/\(model)" + (revision == "main" ? "" : "@\(revision)")
  }

  private static func isName(_ text: String) -> Bool {
    (1...96).contains(text.utf8.count) && !text.hasPrefix(".") && !text.contains("..")
      && !text.contains("--") && text.utf8.allSatisfy(isPlain)
  }

  /// Like a Git reference: parts between slashes, none of which is hidden or goes up.
  private static func isRevision(_ text: String) -> Bool {
    (1...200).contains(text.utf8.count)
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && !part.hasPrefix(".") && !part.contains("..")
          && part.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "+") }
      }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// A commit: 40 hexadecimal digits.
  static func isCommit(_ text: String) -> Bool {
    text.utf8.count == 40
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A relative path of a file in a repository: no part is empty or goes up.
  static func isFilePath(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 1024
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part != "." && part != ".."
      } && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
  }
}
