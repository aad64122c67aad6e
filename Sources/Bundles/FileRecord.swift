internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// What a manifest says about a file beside its digest.
struct FileRecord {
  let path: BundlePath
  let kind: BundleFileKind
  let isKindCertain: Bool
  let byteCount: UInt64

  /// ModelPack's metadata of a file: JSON in a string, with constant owner, mode and time.
  var metadata: String {
    let text = CanonicalJSON.encode([
      "name": .string(ByteString(path.components.last ?? "")),
      "mode": .integer(Int(TarHeader.mode)), "uid": 0, "gid": 0, "size": .init(byteCount),
      "mtime": "1970-01-01T00:00:00Z", "typeflag": 0,
    ])
    return String(decoding: text, as: UTF8.self)
  }
}
