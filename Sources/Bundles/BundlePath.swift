internal import WeighbridgeByteIO

/// The path of a file in a bundle, proven to stay inside the folder that it is unpacked into.
struct BundlePath: Hashable {
  /// The path: components joined by `/`.
  let text: String
  /// The names of the folders and, last, of the file.
  let components: [String]

  /// Names in a path at most: a model's files lie in two or three folders, and work on a path grows
  /// with the square of their number.
  private static let mostComponents = 128

  /// Why a path is refused.
  struct Refusal: Error {
    let code: FormatError.Code
    let message: String
  }

  /// Proves a path; the rules are BND-20 to BND-23.
  init(_ path: ByteString) throws(Refusal) {
    func refuse(_ reason: String) -> Refusal {
      Refusal(code: .unsafePath, message: "the path '\(path.text)' \(reason)")
    }
    guard let text = path.validatedText else {
      throw Refusal(code: .invalidUTF8, message: "the path '\(path.text)' is not valid UTF-8")
    }
    guard !path.isEmpty else { throw refuse("is empty") }
    guard path.count <= 4096 else { throw refuse("is longer than 4096 bytes") }
    guard !path.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw refuse("holds control characters")
    }
    guard !path.bytes.contains(UInt8(ascii: "\\")) else { throw refuse("holds a backslash") }
    guard path.bytes.first != UInt8(ascii: "/") else { throw refuse("is absolute") }
    if path.count >= 2, path.bytes[1] == UInt8(ascii: ":") {
      throw refuse("begins with a drive")
    }
    let components = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard components.count <= Self.mostComponents else {
      throw refuse("lies in more than \(Self.mostComponents - 1) folders")
    }
    for component in components {
      switch component {
      case "": throw refuse("has an empty component")
      case ".", "..": throw refuse("has a component '\(component)'")
      default:
        guard component.utf8.count <= 255 else {
          throw refuse("has a component longer than 255 bytes")
        }
      }
    }
    self.text = text
    self.components = components
  }

  /// A path without the `./` that some tools write in front of it.
  static func withoutDot(_ path: ByteString) -> ByteString {
    path.hasPrefix("./") ? ByteString(Array(path.bytes.dropFirst(2))) : path
  }

  /// The paths of the folders above the file, outermost first.
  var folders: [String] {
    components.indices.dropFirst().map { components[..<$0].joined(separator: "/") }
  }

  /// Refuses two files of one path, and a file where another one needs a folder.
  static func conflict(in paths: [BundlePath]) -> Refusal? {
    // With the separator before every other byte, what lies in a folder follows its name at once.
    let sorted = paths.map { path in
      (path: path, key: path.text.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 })
    }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (left, right) in zip(sorted, sorted.dropFirst()) where right.key.starts(with: left.key) {
      if left.key.count == right.key.count {
        return Refusal(code: .duplicateName, message: "two files have the path '\(left.path.text)'")
      }
      guard right.key[left.key.count] == 0 else { continue }
      return Refusal(
        code: .duplicateName,
        message: "'\(left.path.text)' is a file, and a folder for '\(right.path.text)'")
    }
    return nil
  }
}
