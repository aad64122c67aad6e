package import WeighbridgeModelIR

/// A kind of defect: its stable code, how much it matters, why, and what to do.
///
/// A new one is a value in `Kinds/`, a name in the list there, and a rule that finds it; then a line in
/// Specs/findings.md, which a test compares with these lists.
package struct FindingKind: Hashable, Sendable {
  /// Programs that read models, and may refuse one.
  package enum Reader: String, Hashable, Sendable, CaseIterable {
    case llamaCpp = "llama.cpp"
    case ollama
    case lmStudio = "LM Studio"
    case vLLM
  }

  /// The stable name: `token-count`.
  package let code: String
  /// How much it matters.
  package let severity: WeighbridgeModelIR.Diagnostic.Severity
  /// Why it matters.
  package let why: String
  /// What to do about it.
  package let fix: String
  /// Programs that refuse such a file.
  package let refusals: [Reader]

  /// Describes a kind.
  init(
    _ severity: WeighbridgeModelIR.Diagnostic.Severity, _ code: String, why: String, fix: String,
    refusedBy refusals: [Reader] = []
  ) {
    self.code = code
    self.severity = severity
    self.why = why
    self.fix = fix
    self.refusals = refusals
  }

  /// All kinds, by what they are about.
  package static let groups: [(title: String, kinds: [FindingKind])] = [
    ("Format and files", format), ("Architecture", architecture), ("Tokenizer", tokenizer),
    ("Chat template", template), ("Values", values), ("Programs that read it", readers),
    ("Beside its source", comparison),
  ]

  /// All kinds.
  package static var all: [FindingKind] { groups.flatMap(\.kinds) }
}

extension [FindingKind.Reader] {
  /// Programs that are built on ggml's loader.
  static let ggml: Self = [.llamaCpp, .ollama, .lmStudio]
}

/// A defect of a model.
package struct Finding: Sendable {
  package let kind: FindingKind
  /// The file, the key or the tensor.
  package let place: String
  /// What was expected and what was found.
  package let message: String
  /// What `--fix` does about it; nil where nothing is safe.
  package var repair: Repair?
  /// How much it matters here, where that differs from its kind's.
  package var severity: WeighbridgeModelIR.Diagnostic.Severity

  /// A change of the header that takes a finding away.
  package enum Repair: Hashable, Sendable {
    case set(String, MetadataValue)
    case remove(String)
    case tokenType(Int, Int32)
    case rewrite
  }

  init(
    _ kind: FindingKind, at place: String, _ message: String, repair: Repair? = nil,
    severity: WeighbridgeModelIR.Diagnostic.Severity? = nil
  ) {
    self.kind = kind
    self.place = place
    self.message = message
    self.repair = repair
    self.severity = severity ?? kind.severity
  }
}
