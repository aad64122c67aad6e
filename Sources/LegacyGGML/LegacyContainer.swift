internal import WeighbridgeByteIO

/// The first bytes of a file of 2023: a magic number and, in most, a version (GGML-1 to GGML-3).
struct LegacyContainer: Hashable, Sendable {
  /// The magic numbers, by the letters of their value; on disk they stand reversed.
  enum Kind: String, CaseIterable, Sendable {
    /// No magic at all: a vocabulary of March 2023.
    case bare
    case ggml, ggmf, ggjt, ggla, ggcc
  }

  /// The magic number.
  let kind: Kind
  /// The version behind it; nil where none is written.
  let version: UInt32?

  /// The offset of what follows magic and version.
  var byteCount: UInt64 {
    if kind == .bare { return 0 }
    return version == nil ? 4 : 8
  }

  /// What tensor data is aligned to, counted from the file's start.
  var alignment: UInt64 {
    switch kind {
    case .ggjt, .ggla, .ggcc: 32
    case .bare, .ggml, .ggmf: 1
    }
  }

  /// As it is shown: `ggjt v3`.
  var description: String {
    if kind == .bare { return "without magic" }
    return version.map { "\(kind.rawValue) v\($0)" } ?? kind.rawValue
  }

  /// The magic number of a file's first bytes.
  static func magic(_ prefix: [UInt8]) -> Kind? {
    guard prefix.count >= 4 else { return nil }
    let letters = [UInt8](prefix[..<4].reversed())
    return Kind.allCases.first { $0 != .bare && Array($0.rawValue.utf8) == letters }
  }

  /// Reads magic and version.
  init(_ reader: inout ByteReader) throws(FormatError) {
    let prefix = try reader.readBytes(min(4, reader.remaining), "the magic")
    guard let kind = Self.magic(prefix) else {
      throw reader.fault(.notThisFormat, "not a GGML, GGMF or GGJT file", at: 0)
    }
    self.kind = kind
    self.version = kind == .ggml ? nil : try reader.read(UInt32.self, "the version")
  }

  /// A file without magic.
  static let bare = LegacyContainer(.bare)

  /// Names a container.
  init(_ kind: Kind, _ version: UInt32? = nil) {
    self.kind = kind
    self.version = version
  }
}
