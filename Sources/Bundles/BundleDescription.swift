internal import WeighbridgeByteIO
internal import WeighbridgeDigests
package import WeighbridgeJSON

/// What a bundle says about its model, as far as it is known; all of it goes into the configuration,
/// and so into the bundle's identity.
package struct BundleDescription: Hashable, Sendable {
  /// The model's name.
  package var name: String?
  /// The family or lineage: "llama".
  package var family: String?
  /// The model's version.
  package var version: String?
  /// Who distributes it.
  package var vendor: String?
  /// Who made it.
  package var authors: [String] = []
  /// A title for people.
  package var title: String?
  /// A description for people.
  package var summary: String?
  /// Where its source is found.
  package var sourceURL: String?
  /// The revision of that source.
  package var revision: String?
  /// SPDX license expressions.
  package var licenses: [String] = []
  /// "transformer".
  package var architecture: String?
  /// The format of the weights: "gguf", "safetensors".
  package var format: String?
  /// The number of parameters.
  package var parameterCount: UInt64?
  /// The precision of the weights: "bfloat16".
  package var precision: String?
  /// How the weights are quantized: "Q4_K_M".
  package var quantization: String?

  /// A configuration that was read, to be kept whatever the rest says.
  package var verbatim: JSONValue?

  /// Nothing known.
  package init() {}

  /// The ModelPack configuration for layers with these uncompressed contents.
  func configuration(diffIDs: [Digest]) -> JSONValue {
    if var object = verbatim?.object {
      object["modelfs"] = Self.layers(diffIDs)
      return .object(object)
    }
    return [
      "descriptor": Self.object([
        ("authors", Self.list(authors)), ("description", Self.text(summary)),
        ("family", Self.text(family)), ("licenses", Self.list(licenses)),
        ("name", Self.text(name)), ("revision", Self.text(revision)),
        ("sourceURL", Self.text(sourceURL)), ("title", Self.text(title)),
        ("vendor", Self.text(vendor)), ("version", Self.text(version)),
      ]),
      "config": Self.object([
        ("architecture", Self.text(architecture)), ("format", Self.text(format)),
        ("paramSize", parameterCount.map { JSONValue(Self.parameterSize($0)) }),
        ("precision", Self.text(precision)), ("quantization", Self.text(quantization)),
      ]),
      "modelfs": Self.layers(diffIDs),
    ]
  }

  /// The configuration's list of uncompressed contents.
  static func layers(_ diffIDs: [Digest]) -> JSONValue {
    ["type": "layers", "diffIds": .array(diffIDs.map { JSONValue($0.reference) })]
  }

  private static func text(_ value: String?) -> JSONValue? {
    value.flatMap { $0.isEmpty ? nil : JSONValue($0) }
  }

  private static func list(_ values: [String]) -> JSONValue? {
    values.isEmpty ? nil : .array(values.map { JSONValue($0) })
  }

  private static func object(_ members: [(ByteString, JSONValue?)]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in members { object[key] = value }
    return .object(object)
  }

  /// A count as ModelPack writes it: at most one digit behind the point, and a letter for the scale.
  static func parameterSize(_ count: UInt64) -> String {
    let scales: [(UInt64, String)] = [
      (1_000_000_000_000_000, "q"), (1_000_000_000_000, "t"), (1_000_000_000, "b"),
      (1_000_000, "m"),
    ]
    // 999,950 of one scale would round to 1000.0 of it, so it belongs to the next.
    let (scale, letter) = scales.first { count >= $0.0 - $0.0 / 20_000 } ?? (1_000, "k")
    let (tenth, rest) = count.quotientAndRemainder(dividingBy: scale / 10)
    let tenths = rest >= scale / 20 ? tenth + 1 : tenth
    return "\(tenths / 10)" + (tenths % 10 == 0 ? "" : ".\(tenths % 10)") + letter
  }
}

extension Digest {
  /// The digest as OCI writes it.
  var reference: String { "sha256:" + hexadecimal }

  /// Reads what OCI writes; nil for other algorithms.
  init?(reference: String) {
    guard reference.hasPrefix("sha256:") else { return nil }
    self.init(hexadecimal: reference.dropFirst(7))
  }
}
