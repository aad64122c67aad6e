package import WeighbridgeByteIO

/// What is done to a checkpoint's names before a family's rules see them, and which tensors they never see.
///
/// The common lists are those of llama.cpp's `TextModel.filter_tensors` (conversion/base.py), which
/// holds for every family; a family adds its own.
package struct TensorNames: Sendable {
  /// A kind of tensor that a text model has no use for.
  package struct LeftOut: Sendable {
    /// What it is, in the plural: "of the vision tower".
    package let kind: String
    /// What a name of this kind begins with.
    var prefixes: [ByteString] = []
    /// What a name of this kind contains.
    var parts: [ByteString] = []
    /// What a name of this kind ends with.
    var suffixes: [ByteString] = []

    /// Whether a tensor is of the kind.
    func contains(_ name: ByteString) -> Bool {
      prefixes.contains { name.hasPrefix($0) } || suffixes.contains { name.hasSuffix($0) }
        || parts.contains { name.contains($0) }
    }
  }

  /// What becomes of a tensor.
  package enum Reading: Sendable {
    /// The name that the rules know it by.
    case named(ByteString)
    /// It is left out; of which kind it is.
    case leftOut(String)
  }

  /// What becomes of layers that stand behind the last one and predict further tokens.
  package enum NextTokenLayers: Hashable, Sendable {
    /// They have rules, and count as layers.
    case kept
    /// They are left out, as llama.cpp's converter does.
    case leftOut
  }

  /// Parts of names that a wrapper has put there, taken out wherever they stand.
  package var wrappers: [ByteString] = ["language_model."]
  /// What base-model classes (`Qwen2Model`) leave away at the beginning of every name.
  package var base: ByteString = "model."
  /// What is done to a name then, where a family has parts under names of their own.
  package var renamed: @Sendable (ByteString, Configuration?) -> ByteString = { name, _ in name }
  /// Kinds of tensors that are left out; the first that a name is of counts.
  package var leftOut: [LeftOut] = TensorNames.text
  /// What becomes of next-token layers.
  package var nextTokenLayers = NextTokenLayers.leftOut
  /// The names that are looked at, where all others belong to another part of the model, whose kind is
  /// that of the text model; nil where every name counts.
  package var kept: LeftOut?

  /// Those of most families: what a family differs in is set in the closure.
  package init(_ change: (inout TensorNames) -> Void = { _ in }) { change(&self) }

  /// Kinds of tensors that no text model has a use for.
  package static let text: [LeftOut] = [
    LeftOut(
      kind: "that follow from the configuration",
      suffixes: [".attention.masked_bias", ".attention.bias", ".rotary_emb.inv_freq"]),
    LeftOut(
      kind: "of the audio tower",
      prefixes: [
        "conformer.", "sound_encoder.", "sound_projection.", "speech_embeddings.",
      ], parts: ["audio.", "audio_", "talker.", "token2wav.", "code2wav."]),
    LeftOut(
      kind: "of the vision tower",
      prefixes: ["vit.", "vpm.", "siglip2."],
      parts: [
        "visual.", "vision.", "vision_", "image_newline", "view_seperator", "patch_embed",
      ]),
    LeftOut(
      kind: "of the projector",
      prefixes: ["mlp", "merger.", "resampler."],
      parts: [
        "projector.", "pre_mm_projector_norm", "patch_merger.", "patch_merge_mlp.",
        "model.connector.",
      ]),
  ]

  /// What becomes of a tensor.
  package func read(_ name: ByteString) -> Reading {
    if let kind = leftOut.first(where: { $0.contains(name) }) { return .leftOut(kind.kind) }
    if let kept, !kept.contains(name) { return .leftOut(kept.kind) }
    return .named(wrappers.reduce(name) { $0.removing($1) })
  }

  /// The number of a layer that predicts further tokens, where the name shows that it is one.
  package static func nextTokenLayer(_ name: ByteString) -> Int? {
    let parts = NamePattern.split(name)
    guard parts.contains(where: { $0 == "eh_proj" || $0 == "enorm" }) else { return nil }
    return layer(of: name)
  }

  /// The layer that a name of a checkpoint speaks of: its first number.
  package static func layer(of name: ByteString) -> Int? {
    NamePattern.split(name).lazy.compactMap { part in
      part.count <= 6 && !part.isEmpty && part.bytes.allSatisfy { (0x30...0x39).contains($0) }
        ? Int(part.text) : nil
    }.first
  }
}

extension ByteString {
  /// The same without some bytes, wherever they stand.
  fileprivate func removing(_ part: ByteString) -> ByteString {
    var rest = bytes
    while let range = rest.firstRange(of: part.bytes) { rest.removeSubrange(range) }
    return ByteString(rest)
  }
}

extension Architecture {
  /// The first rule that matches a tensor's name in a checkpoint, and what its open parts held.
  ///
  /// `name` is what `names` have read; where it is that of a base model, what comes before the others'
  /// names is put before it.
  package func rule(
    for name: ByteString, _ configuration: Configuration?
  ) -> (rule: Int, match: NamePattern.Match)? {
    let name = names.renamed(name, configuration)
    return match(NamePattern.split(name), configuration)
      ?? (names.base.isEmpty
        ? nil : match(NamePattern.split(ByteString(names.base.bytes + name.bytes)), configuration))
  }

  private func match(
    _ parts: [ByteString], _ configuration: Configuration?
  ) -> (rule: Int, match: NamePattern.Match)? {
    for (index, rule) in tensors.enumerated() {
      guard let match = rule.source.match(parts) else { continue }
      if let condition = rule.condition, let configuration, !condition(configuration) { continue }
      if let selects = rule.selects, let configuration, !selects(match, configuration) { continue }
      return (index, match)
    }
    return nil
  }
}
