#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Named files: a directory, one file and its siblings, a bundle, or memory in a test.
package protocol FileTree: Sendable {
  /// What to call the whole in a message.
  var name: String { get }
  /// Relative paths of all files, sorted by bytes.
  var names: [String] { get }
  /// Opens one of them.
  func open(_ name: String) throws(IOError) -> any ByteSource
}

/// A folder on disk: its regular files, and those of its subfolders one level down.
package struct DirectoryTree: FileTree {
  /// What to call it in a message.
  package let name: String
  /// Relative paths of all files, sorted by bytes.
  package let names: [String]

  /// Lists a folder.
  ///
  /// Hidden files are left out.
  package init(path: String) throws(IOError) {
    self.name = path
    var found: [String] = []
    for entry in try Self.list(path) {
      let full = path + "/" + entry
      switch Self.kind(full) {
      case S_IFREG: found.append(entry)
      case S_IFDIR:
        for inner in try Self.list(full) where Self.kind(full + "/" + inner) == S_IFREG {
          found.append(entry + "/" + inner)
        }
      default: continue
      }
    }
    self.names = found.sorted { ByteString($0) < ByteString($1) }
  }

  /// Opens a file; see `FileTree`.
  package func open(_ name: String) throws(IOError) -> any ByteSource {
    try FileSource(path: self.name + "/" + name)
  }

  /// What ends the names of files that programs like this one write into a model's folder.
  private static let products = [".gguf", ".dat", ".npy", ".html", ".md", ".tar", ".baseline"]

  /// Keeps outputs away from the files of a folder that is a model, also from those that were not
  /// needed this time; only products of such runs can be replaced.
  package func protect() {
    for file in names where !Self.products.contains(where: { file.hasSuffix($0) }) {
      InputLedger.protect(name + "/" + file)
    }
  }

  /// Whether a path is a folder.
  package static func isDirectory(_ path: String) -> Bool { kind(path) == S_IFDIR }

  private static func kind(_ path: String) -> mode_t {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return 0 }
    return status.st_mode & S_IFMT
  }

  /// The names in a folder, in no order; hidden ones are left out.
  package static func list(_ path: String) throws(IOError) -> [String] {
    guard let directory = unsafe opendir(path) else {
      throw IOError(.list, path: path, number: errno)
    }
    defer { unsafe closedir(directory) }
    var entries: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
          unsafe String(cString: text)
        }
      }
      if !name.hasPrefix(".") { entries.append(name) }
    }
    return entries
  }
}

/// One file, with the files beside it within reach: the other shards of a split model.
package struct SingleFileTree: FileTree {
  /// What to call it in a message.
  package let name: String
  /// Relative paths of all files, sorted by bytes.
  package let names: [String]
  /// Where it and its siblings are: empty, or with a slash at its end.
  package let folder: String

  /// The file at `path`; nothing is opened yet.
  package init(path: String) {
    self.name = path
    if let slash = path.lastIndex(of: "/") {
      self.folder = String(path[...slash])
      self.names = [String(path[path.index(after: slash)...])]
    } else {
      self.folder = ""
      self.names = [path]
    }
  }

  /// Opens the file or a sibling of it.
  package func open(_ name: String) throws(IOError) -> any ByteSource {
    try FileSource(path: folder + name)
  }
}

/// Files in memory.
package struct MemoryTree: FileTree {
  /// What to call it in a message.
  package let name: String
  private let files: [String: [UInt8]]

  /// Wraps a dictionary from relative path to bytes.
  package init(_ files: [String: [UInt8]], name: String = "memory") {
    self.files = files
    self.name = name
  }

  /// Relative paths of all files, sorted by bytes.
  package var names: [String] { files.keys.sorted { ByteString($0) < ByteString($1) } }

  /// Opens a file; see `FileTree`.
  package func open(_ name: String) throws(IOError) -> any ByteSource {
    guard let bytes = files[name] else { throw IOError(.open, path: name, number: ENOENT) }
    return MemorySource(bytes, name: name)
  }
}
