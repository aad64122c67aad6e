import Weighbridge
import WeighbridgeBundles
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// What `inspect` says of a bundle.
struct BundleInspection {
  let bundle: BundleReader

  /// Labels with their values.
  var facts: [(String, String)] {
    let content = bundle.files.reduce(0) { $0 + $1.byteCount }
    var facts = [
      (
        "format",
        "bundle (OCI image layout\(bundle.profile == .dense ? "" : ", ModelPack"))"
      ),
      ("profile", bundle.profile?.rawValue ?? "mixed"),
      (
        "size",
        "\(NumberFormat.bytes(bundle.byteCount)) for \(NumberFormat.bytes(content)) of files "
          + "(\(NumberFormat.fixed(Double(bundle.byteCount) / Double(max(content, 1)) * 100, 1)) %)"
      ),
      ("manifest", bundle.manifestDigest),
    ]
    if let reference = bundle.reference { facts.append(("tag", reference)) }
    if let identity = bundle.identity { facts.append(("identity", identity)) }
    if let name = bundle.configuration["descriptor"]?["name"]?.text { facts.append(("name", name)) }
    return facts
  }

  /// A row for each file: name, kind, bytes, bytes in the bundle, their ratio, SHA-256.
  var rows: [[String]] {
    bundle.files.map { file in
      let ratio = file.storedByteCount.map { Double($0) / Double(max(file.byteCount, 1)) * 100 }
      return [
        file.path, file.kind.rawValue, NumberFormat.bytes(file.byteCount),
        file.storedByteCount.map { NumberFormat.bytes($0) } ?? "",
        ratio.map { NumberFormat.fixed($0, 1) + " %" } ?? "",
        file.digest.map { String($0.dropFirst("sha256:".count)) } ?? "",
      ]
    }
  }

  /// Facts and a table of files.
  func text(_ terminal: Terminal) -> String {
    var text = Inspection.title(ModelInput.shortName(bundle.name), terminal)
    text += Facts(facts).text(for: terminal)
    var table = Table([
      .name("FILE"), .text("KIND", rank: 2), .number("BYTES"), .number("STORED", rank: 3),
      .number("RATIO", rank: 1), .text("SHA-256", flexible: true, rank: 4),
    ])
    for row in rows { table.add(row) }
    return text + "\n" + table.text(for: terminal)
  }

  /// The document that `--json` prints.
  var json: JSONValue {
    [
      "schema": "weighbridge.inspect.bundle/1", "format": "bundle",
      "profile": bundle.profile.map { JSONValue($0.rawValue) } ?? nil,
      "bytes": JSONValue(bundle.byteCount),
      "contentBytes": JSONValue(bundle.files.reduce(0) { $0 + $1.byteCount }),
      "manifestDigest": JSONValue(bundle.manifestDigest),
      "reference": bundle.reference.map { JSONValue($0) } ?? nil,
      "identity": bundle.identity.map { JSONValue($0) } ?? nil,
      "configuration": bundle.configuration,
      "files": .array(ModelBundle(bundle).files.map { Self.json($0) }),
    ]
  }

  /// One file as JSON.
  static func json(_ file: ModelBundle.File) -> JSONValue {
    [
      "path": JSONValue(file.path), "kind": JSONValue(file.kind),
      "bytes": JSONValue(file.bytes),
      "storedBytes": file.storedBytes.map { JSONValue($0) } ?? nil,
      "mediaType": JSONValue(file.mediaType), "digest": file.digest.map { JSONValue($0) } ?? nil,
      "seekable": .bool(file.isSeekable),
    ]
  }
}
