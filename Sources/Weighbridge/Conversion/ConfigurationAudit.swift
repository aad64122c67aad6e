internal import WeighbridgeInference
package import WeighbridgeModelIR

/// Says where readers of a GGUF compute another model than a checkpoint's configuration describes.
package enum ConfigurationAudit {
  /// For a checkpoint that is run: what is computed so and cannot be converted.
  package static func notes(on model: Model) throws -> [WeighbridgeModelIR.Diagnostic] {
    try ConfigurationGap.find(in: model).map { gap in
      let prefix = names(gap)
      let end =
        switch gap.extent {
        case .everywhere where gap.isWritten:
          "computed so here, but readers of GGUF pass over the keys that say so"
        case .everywhere: "computed so here, but GGUF cannot hold it"
        case .beyond(let length):
          "computed so here, but readers of GGUF differ in texts of more than \(length) tokens"
        }
      return WeighbridgeModelIR.Diagnostic(
        .note, "beyond-gguf", at: "config.json", "\(prefix)\(gap.meaning); \(end)")
    }
  }

  /// For a checkpoint that is converted: an error where the GGUF would be another model in every text,
  /// unless the key is accepted; else warnings.
  package static func warnings(
    on model: Model, accepting keys: Set<String>
  ) throws -> [WeighbridgeModelIR.Diagnostic] {
    try ConfigurationGap.find(in: model).map { gap in
      let prefix = names(gap)
      let isAccepted = gap.keys.isEmpty || gap.keys.contains { keys.contains($0) }
      let end: String
      switch gap.extent {
      case .everywhere where gap.isWritten:
        end = "the keys are written, but readers of GGUF pass over them and compute another model"
      case .everywhere where !isAccepted:
        throw ModelError(
          .unsupportedSetting, "config.json",
          "\(prefix)\(gap.meaning), which GGUF cannot hold: its readers would compute another model",
          hint: "--accept \(gap.keys.first ?? "KEY") converts without it")
      case .everywhere: end = "GGUF cannot hold it, and its readers compute another model"
      case .beyond(let length):
        end = "readers of GGUF differ in texts of more than \(length) tokens"
      }
      return WeighbridgeModelIR.Diagnostic(
        .warning, "beyond-gguf", at: "config.json", "\(prefix)\(gap.meaning); \(end)")
    }
  }

  /// The keys in quotation marks, and a colon.
  private static func names(_ gap: ConfigurationGap) -> String {
    gap.keys.isEmpty ? "" : gap.keys.map { "'\($0)'" }.joined(separator: ", ") + ": "
  }
}
