package import WeighbridgeByteIO

/// The files of a bundle as a tree: what a model in a bundle is read from.
package struct BundleTree: FileTree {
  package let bundle: BundleReader
  private let isComplete: Bool

  /// Opens a bundle; see `BundleReader`.
  package init(_ source: any ByteSource, limits: BundleLimits = .default) throws(FormatError) {
    self.init(try BundleReader(source, limits: limits))
  }

  /// The files of a bundle that is open; without those that are predicted from others, unless it
  /// `isComplete`.
  package init(_ bundle: BundleReader, isComplete: Bool = true) {
    self.bundle = bundle
    self.isComplete = isComplete
  }

  /// What to call it in a message.
  package var name: String { bundle.name }

  /// Relative paths of all files, sorted by bytes.
  package var names: [String] {
    bundle.files.filter { isComplete || !$0.isPredicted }.map(\.path)
  }

  /// Opens a file; see `FileTree`.
  package func open(_ name: String) throws(IOError) -> any ByteSource {
    // Compared by bytes: Swift's `==` equates texts that are spelled differently.
    let wanted = ByteString(name)
    guard let file = bundle.files.first(where: { ByteString($0.path) == wanted }) else {
      throw IOError(.open, path: self.name + "#" + name, reason: "there is no such file")
    }
    do { return try bundle.open(file) } catch {
      throw error.cause ?? IOError(.open, path: error.source, reason: error.message)
    }
  }
}
