internal import Glibc
internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeRemote

/// A bundle, or a member of one, that a location names: on this machine or behind a URL.
struct BundlePlace {
  /// The bytes of the bundle.
  let source: any ByteSource
  /// The path of a file in it; nil where the whole is meant.
  let member: String?

  /// What a text names; nil where that is no bundle, which the first bytes say.
  ///
  /// What stands behind `#` is a member of a bundle, unless a file has the whole for its name.
  init?(_ text: String) throws(FormatError) {
    guard !text.hasPrefix(OllamaName.scheme) else { return nil }
    var found = try Self.remote(text)
    if found == nil { found = try Self.local(text) }
    guard let place = found else { return nil }
    self = place
  }

  private init(_ source: any ByteSource, _ member: String?) {
    self.source = source
    self.member = member
  }

  private static func remote(_ text: String) throws(FormatError) -> BundlePlace? {
    guard try RemoteLocation(parsing: text) != nil else { return nil }
    let (front, member) = parts(text)
    guard let location = try RemoteLocation(parsing: front), let file = location.file else {
      return nil
    }
    let tree = try location.open()
    do throws(IOError) {
      let source = try tree.open(file)
      guard BundleReader.recognizes(try source.readPrefix(512)) else { return nil }
      return BundlePlace(source, member)
    } catch { throw FormatError(error) }
  }

  private static func local(_ text: String) throws(FormatError) -> BundlePlace? {
    guard try RemoteLocation(parsing: text) == nil else { return nil }
    let (front, member) = isThere(text) ? (text, nil) : parts(text)
    guard member == nil || isThere(front), !DirectoryTree.isDirectory(front) else { return nil }
    do throws(IOError) {
      let source = try FileSource(path: front)
      // A member of what is no bundle is an error of whoever opens it.
      let first = try source.readPrefix(512)
      guard member != nil || BundleReader.recognizes(first) else { return nil }
      return BundlePlace(source, member)
    } catch { throw FormatError(error) }
  }

  private static func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// `bundle#member` in its parts.
  private static func parts(_ text: String) -> (front: String, member: String?) {
    guard let mark = text.lastIndex(of: "#") else { return (text, nil) }
    return (String(text[..<mark]), String(text[text.index(after: mark)...]))
  }
}
