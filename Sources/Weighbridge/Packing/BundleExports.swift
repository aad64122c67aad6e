internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion

extension ModelBundle {
  /// Packs the same files into another bundle, held by another profile; the identity stays the same.
  public func repack(
    to output: String, profile: Profile, replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> ModelBundle {
    try publicly {
      var options = PackOptions()
      options.profile = profile.held
      options.reference = reader.reference ?? "latest"
      options.replaces = replaces
      options.workers = resources.threads
      let summary = try reader.repack(to: output, options: options, progress: resources.progress)
      if let identity, summary.identity != identity {
        throw FormatError(
          .digestMismatch,
          "the files have the identity \(summary.identity); \(identity) is announced",
          in: reader.name)
      }
      return ModelBundle(
        try ModelInput.requiredBundle(output),
        summary.warnings.map { Diagnostic(.warning, "registry-limit", at: output, $0) })
    }
  }

  /// Writes the archive that `docker model load` reads.
  public func exportForDocker(
    to output: String, replaces: Bool = false, using resources: Resources = Resources()
  ) throws(WeighbridgeError) {
    try publicly {
      try reader.exportForDocker(to: output, replaces: replaces, progress: resources.progress)
    }
  }

  /// Adds the bundle's GGUF models to a local store of ollama; the names that they have there.
  ///
  /// `store` is the one of this user where it is nil, `name` the bundle's own. Several models get their
  /// types for tags; with `type` it is the one of that type.
  public func addToOllama(
    store: String? = nil, name: String? = nil, type: String? = nil, replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [String] {
    try publicly {
      let name = try OllamaName(name ?? OllamaName.part(Self.stem(reader.name)))
      let only = try type.map { Set(try LadderRungs(reader).paths(ofType: $0)) }
      return try OllamaStore(path: store ?? OllamaName.store).add(
        reader, as: name, only: only, replaces: replaces, using: resources
      ).map(\.shortText)
    }
  }

  /// Whether a file was a bundle before it was damaged: its first bytes, as far as they are there, or its
  /// name says so.
  public static func resembles(_ path: String) -> Bool {
    if path.hasSuffix(".oci.tar") { return true }
    guard let source = try? FileSource(path: path), let prefix = try? source.readPrefix(512)
    else { return false }
    let name = Array("oci-layout".utf8)
    return !prefix.isEmpty
      && (prefix.prefix(name.count).elementsEqual(name.prefix(prefix.count))
        || BundleReader.recognizes(prefix))
  }

  /// A bundle's name without what ends the names of bundles.
  public static func stem(_ path: String) -> String {
    let name = ModelInput.shortName(path)
    for suffix in [".oci.tar", ".tar"] where name.hasSuffix(suffix) && name != suffix {
      return String(name.dropLast(suffix.count))
    }
    return name + ".unpacked"
  }
}

extension ModelBundle.Profile {
  /// The same, where bundles are written.
  var held: BundleProfile {
    switch self {
    case .raw: .raw
    case .zstd: .zstd
    case .dense: .dense
    }
  }
}
