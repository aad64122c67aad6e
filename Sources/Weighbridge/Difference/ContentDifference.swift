package import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeModelIR

/// What two models differ in, whatever containers they are in.
package struct ContentDifference: Sendable {
  package let left: String
  package let right: String
  /// Whether the two are the same bytes, so that nothing else was looked at.
  package private(set) var isSameBytes = false
  /// What the two are, in a word each: `GGUF, llama, Q4_K_M`.
  package private(set) var kinds = (left: "", right: "")
  package private(set) var metadata: MetadataDifference?
  package private(set) var tokenizer: TokenizerDifference?
  package private(set) var template: TemplateDifference?
  package private(set) var tensors: [TensorComparison] = []
  package private(set) var onlyLeft: [ByteString] = []
  package private(set) var onlyRight: [ByteString] = []
  /// Files of two bundles that differ.
  package private(set) var files: [FileChange] = []
  /// What kept the comparison from being made under common names.
  package private(set) var notes: [String] = []
  /// The relative error up to which tensors count as equal.
  package let tolerance: Double?
  /// The checkpoint that adapters belong to.
  private let base: String?

  /// A file of a bundle.
  package struct FileChange: Hashable, Sendable {
    package let path: String
    package let left: String?
    package let right: String?
  }

  /// Compares two models; each file is read once at most.
  package init(
    _ left: String, _ right: String, base: String? = nil, tolerance: Double?,
    using resources: Resources
  ) throws {
    self.left = left
    self.right = right
    self.tolerance = tolerance
    self.base = base
    if let first = try ModelInput.bundleIfNamed(left),
      let second = try ModelInput.bundleIfNamed(right)
    {
      try compare(ModelBundle(first), ModelBundle(second), resources)
      return
    }
    let (own, other) = (try ModelInput.open(left), try ModelInput.open(right))
    kinds = (Self.kind(own), Self.kind(other))
    if try SameFiles.areSame(own, other, using: resources) {
      isSameBytes = true
      return
    }
    try compare(own, other, resources)
  }

  private static func kind(_ model: Model) -> String {
    let inspection = Inspection(model, path: "")
    let encodings = inspection.summary.encodings.first?.name
    return [model.origin.format, inspection.architecture, encodings].compactMap { $0 }
      .joined(separator: ", ")
  }

  private mutating func compare(_ own: Model, _ other: Model, _ resources: Resources) throws {
    var first = CanonicalSide(left, own, base: base)
    var second = CanonicalSide(right, other, base: base)
    for side in [first, second] {
      if let refusal = side.refusal {
        notes.append("\(side.path): compared under its own names, as \(refusal.message)")
      }
    }
    if (first.refusal == nil) != (second.refusal == nil), own.kind == other.kind {
      // One of two like models is odd: their own names have more in common.
      (first, second) = (CanonicalSide(plain: left, own), CanonicalSide(plain: right, other))
    }
    let metadata = MetadataDifference(first.model.metadata, second.model.metadata)
    self.metadata = metadata
    tokenizer = TokenizerDifference(first.model.metadata, second.model.metadata)
    let key: ByteString = "tokenizer.chat_template"
    let templates = (first.model.metadata[key]?.string, second.model.metadata[key]?.string)
    if templates.0 != templates.1 {
      template = TemplateDifference(
        templates.0?.text ?? "", templates.1?.text ?? "",
        SpecialTexts(
          first.model.metadata, first.model.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []),
        SpecialTexts(
          second.model.metadata,
          second.model.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []))
    }
    let pairs = TensorPairs(first.model.tensors, second.model.tensors)
    (onlyLeft, onlyRight) = (pairs.onlyLeft, pairs.onlyRight)
    tensors = try TensorComparison.compare(pairs.pairs, using: resources)
  }

  private mutating func compare(
    _ own: ModelBundle, _ other: ModelBundle, _ resources: Resources
  ) throws {
    kinds = ("bundle", "bundle")
    var digests: [String: String] = [:]
    for file in other.files { digests[file.path] = file.digest ?? "\(file.bytes) bytes" }
    for file in own.files {
      let digest = file.digest ?? "\(file.bytes) bytes"
      let found = digests.removeValue(forKey: file.path)
      if found != digest { files.append(.init(path: file.path, left: digest, right: found)) }
    }
    files += digests.sorted { $0.key < $1.key }.map {
      .init(path: $0.key, left: nil, right: $0.value)
    }
    isSameBytes = files.isEmpty
    guard !isSameBytes, let first = try? own.model(), let second = try? other.model() else {
      return
    }
    kinds = ("bundle of " + Self.kind(first.model), "bundle of " + Self.kind(second.model))
    try compare(first.model, second.model, resources)
  }

  /// How many tensors have a verdict.
  package func count(_ verdict: TensorComparison.Verdict) -> Int {
    tensors.filter { $0.verdict == verdict }.count
  }

  /// Whether the tensors are those of one model, as far as the encodings tell.
  package var isSameWeights: Bool {
    onlyLeft.isEmpty && onlyRight.isEmpty
      && tensors.allSatisfy { [.identical, .equal, .rounded].contains($0.verdict) }
  }

  /// Whether anything differs that counts.
  package var differs: Bool {
    guard !isSameBytes else { return false }
    // Where tensors are of other encodings and within the tolerance, so may be what says so.
    let keys = (metadata?.entries ?? []).filter { tolerance == nil || !$0.isStorage }
    return !keys.isEmpty || tokenizer?.isEmpty == false || template != nil || !onlyLeft.isEmpty
      || !onlyRight.isEmpty || tensors.contains { !$0.isWithin(tolerance) }
      || (tensors.isEmpty && metadata == nil && !files.isEmpty)
  }
}

extension CanonicalSide {
  /// A model under its own names.
  init(plain path: String, _ opened: Model) {
    self.init(path, opened: opened, model: opened, refusal: nil)
  }
}
