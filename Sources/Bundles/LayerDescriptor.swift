internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

/// A blob by what it holds: OCI's descriptor.
struct Descriptor: Hashable {
  var mediaType: String
  var digest: Digest
  var byteCount: UInt64
  var artifactType: String?
  var annotations: [(key: String, value: String)] = []

  /// Where the blob lies in the layout.
  var path: String { Self.path(digest) }
  static func path(_ digest: Digest) -> String { "blobs/sha256/" + digest.hexadecimal }

  static func == (left: Descriptor, right: Descriptor) -> Bool {
    left.digest == right.digest && left.byteCount == right.byteCount
      && left.mediaType == right.mediaType
  }
  func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// The first annotation with a key.
  func annotation(_ key: String) -> String? { annotations.first { $0.key == key }?.value }

  var json: JSONValue {
    var object = JSONObject()
    object["mediaType"] = JSONValue(mediaType)
    object["digest"] = JSONValue(digest.reference)
    object["size"] = JSONValue(byteCount)
    if let artifactType { object["artifactType"] = JSONValue(artifactType) }
    if !annotations.isEmpty { object["annotations"] = Self.json(annotations) }
    return .object(object)
  }

  static func json(_ annotations: [(key: String, value: String)]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in annotations { object[ByteString(key)] = JSONValue(value) }
    return .object(object)
  }

  /// The descriptor of one file's layer.
  init(
    file: FileRecord, packing: LayerPacking, digest: Digest, byteCount: UInt64,
    fileDigest: Digest?, contents: Digest? = nil
  ) {
    mediaType = MediaType.layer(file.kind, packing)
    self.digest = digest
    self.byteCount = byteCount
    annotations = [
      (Annotation.path, file.path.text),
      (Annotation.metadata, file.metadata),
      (Annotation.untested, file.isKindCertain ? "false" : "true"),
      (Annotation.title, file.path.text),
    ]
    if let fileDigest { annotations.append((Annotation.fileDigest, fileDigest.reference)) }
    if let contents { annotations.append((Annotation.contents, contents.reference)) }
  }

  /// The descriptor of a document.
  init(_ mediaType: String, of bytes: [UInt8], artifactType: String? = nil) {
    self.mediaType = mediaType
    digest = SHA256.hash(bytes)
    byteCount = UInt64(bytes.count)
    self.artifactType = artifactType
  }
}

extension Descriptor {
  /// Reads a descriptor; `fault` makes an error that names the document.
  init(
    _ value: JSONValue, fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) {
    guard let mediaType = value["mediaType"]?.string?.validatedText,
      let reference = value["digest"]?.string?.validatedText,
      let size = value["size"]?.integer, size >= 0
    else { throw fault(.invalidValue, "a descriptor without mediaType, digest or size") }
    guard let digest = Digest(reference: reference) else {
      throw fault(
        reference.hasPrefix("sha256:") ? .invalidValue : .unsupportedEncoding,
        "the digest '\(reference)' is not a SHA-256")
    }
    self.mediaType = mediaType
    self.digest = digest
    byteCount = UInt64(size)
    artifactType = value["artifactType"]?.text
    for member in value["annotations"]?.object?.members ?? [] {
      guard let text = member.value.string else {
        throw fault(.invalidValue, "the annotation '\(member.key)' is not a string")
      }
      annotations.append((member.key.text, text.text))
    }
  }
}
