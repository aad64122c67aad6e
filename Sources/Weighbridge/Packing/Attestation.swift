internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeJSON

/// What was packed, of what, by what: a statement of in-toto 1 with the predicate of SLSA's provenance 1.
///
/// It says nothing about when or where, so that the same bundle has the same statement; signing it is for
/// tools that have keys.
struct Attestation {
  let json: JSONValue

  /// `made` are the paths of files that were quantized on the way.
  init(_ request: PackRequest, _ bundle: ModelBundle, made: Set<String>) throws {
    var subjects: [JSONValue] = [
      Self.resource(ModelInput.shortName(request.output), bundle.manifestDigest)
    ]
    var sources: [JSONValue] = []
    for file in bundle.files {
      guard let digest = file.digest else { continue }
      subjects.append(Self.resource(file.path, digest))
      if !made.contains(file.path) { sources.append(Self.resource(file.path, digest)) }
    }
    if let base = request.base {
      let reader = try ModelInput.requiredBundle(base)
      sources.append(
        Self.resource(ModelInput.shortName(base), reader.identity ?? reader.manifestDigest))
    }
    var parameters = JSONObject()
    parameters["profile"] = JSONValue(request.profile.rawValue)
    if !request.ladder.isEmpty {
      let names = request.ladder.map { RecipeRegistry.meant(by: $0)?.name ?? $0 }
      parameters["ladder"] = .array(names.map { JSONValue($0) })
    }
    if let importance = request.importance {
      parameters["importance"] = JSONValue(ModelInput.shortName(importance))
    }
    json = [
      "_type": "https://in-toto.io/Statement/v1", "subject": .array(subjects),
      "predicateType": "https://slsa.dev/provenance/v1",
      "predicate": [
        "buildDefinition": [
          "buildType": "weighbridge.pack/1", "externalParameters": .object(parameters),
          "resolvedDependencies": .array(sources),
        ],
        "runDetails": [
          "builder": [
            "id": "weighbridge", "version": ["weighbridge": JSONValue(version)],
          ]
        ],
      ],
    ]
  }

  private static func resource(_ name: String, _ digest: String) -> JSONValue {
    [
      "name": JSONValue(name),
      "digest": ["sha256": JSONValue(String(digest.dropFirst("sha256:".count)))],
    ]
  }
}
