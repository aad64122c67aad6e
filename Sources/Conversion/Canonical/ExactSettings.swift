internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Settings of a checkpoint that GGUF has no key for, or another value.
///
/// While a checkpoint is only read they stand in its metadata under names of their own, for the
/// checker, which asks for these first; no file is written with them.
enum ExactSettings {
  /// Adds those that differ from what the metadata say.
  static func write(
    _ architecture: Architecture, _ configuration: Configuration, to metadata: inout Metadata
  ) throws(ModelError) {
    for rule in architecture.exact {
      guard let value = try rule.value(configuration) else { continue }
      let key = ByteString(rule.key.replacing("{arch}", with: architecture.name))
      if metadata[key] != value {
        metadata[ByteString(DecoderFacts.exactPrefix + key.text)] = value
      }
    }
  }

  /// The model without them, as it is written, and a note for each.
  static func removed(from model: Model) -> Model {
    let prefix = ByteString(DecoderFacts.exactPrefix)
    var result = model
    for entry in model.metadata.entries where entry.key.hasPrefix(prefix) {
      let key = ByteString(Array(entry.key.bytes.dropFirst(prefix.count)))
      result.metadata[entry.key] = nil
      result.problems.append(
        Diagnostic(
          .note, "setting-lost", at: key.text,
          "the checkpoint says \(text(entry.value)), "
            + (model.metadata[key].map { "readers of the GGUF compute with \(text($0))" }
              ?? "and GGUF has no place for it")))
    }
    return result
  }

  private static func text(_ value: MetadataValue) -> String {
    value.float.map { "\($0)" } ?? value.string?.text ?? value.bool.map { "\($0)" } ?? "a list"
  }
}
