internal import WeighbridgeByteIO

/// What a model is: asked once, where it is opened, and carried by the model from there on.
package enum ModelKind: String, Hashable, Sendable, CaseIterable {
  /// Names, metadata and blocks of GGUF.
  case gguf
  /// Tensors in a family's own names, with `config.json` or `params.json` beside them.
  case checkpoint
  /// A low-rank adapter as PEFT stores it.
  case adapter
  /// A file older than GGUF: GGML, GGMF, GGJT.
  case legacy
  /// An importance matrix.
  case importance
  /// A stored reference of `compare`.
  case baseline
  /// Tensors, and nothing that says what they mean.
  case tensors
}

extension Metadata {
  /// What the metadata of a GGUF file say that it is.
  package var kind: ModelKind {
    if self["general.type"]?.string == "imatrix" || self["imatrix.datasets"] != nil {
      return .importance
    }
    switch self["general.architecture"]?.string {
    case "baseline": return .baseline
    case nil: return .tensors
    case _?: return .gguf
    }
  }
}
