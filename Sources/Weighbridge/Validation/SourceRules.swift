internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTemplates
internal import WeighbridgeTokenizers

/// Rules that compare a model with the checkpoint that it came from.
struct SourceRules {
  let context: ValidationContext
  let source: CanonicalSide
  let sourcePath: String

  /// Keys that say where a model came from or how it is stored, not what it is.
  private static let incidental: Set<ByteString> = [
    "general.file_type", "general.name", "general.basename", "general.size_label",
    "general.quantization_version", "general.alignment", "general.type", "edit.reserve",
  ]

  func findings() throws -> [Finding] {
    if source.opened.kind == .adapter { return adapter() + (try tensors()) }
    guard source.refusal == nil else {
      return [
        Finding(
          .noted, at: sourcePath,
          "the source could not be converted, so nothing was compared: "
            + (source.refusal?.message ?? ""), severity: .warning)
      ]
    }
    return keys() + (try tokenizer()) + templates() + (try tensors())
  }

  private func adapter() -> [Finding] {
    let key: ByteString = "adapter.lora.alpha"
    guard let own = context.metadata[key]?.float, let other = source.model.metadata[key]?.float,
      abs(own - other) > 1e-4 * abs(other)
    else { return [] }
    return [
      Finding(
        .otherAdapter, at: key.text, "it is \(own), and the adapter's settings give \(other)",
        repair: .set(key.text, .float32(other)))
    ]
  }

  private func keys() -> [Finding] {
    let prefix = ByteString(context.keys.name + ".")
    return source.model.metadata.entries.compactMap { entry in
      guard entry.key.hasPrefix(prefix), !Self.incidental.contains(entry.key) else { return nil }
      guard let own = context.metadata[entry.key] else {
        return Finding(
          .otherKey, at: entry.key.text,
          "it is missing; the source gives \(MetadataDifference.shown(entry.value))",
          repair: .set(entry.key.text, entry.value))
      }
      guard !MetadataDifference.isSame(own, entry.value) else { return nil }
      return Finding(
        .otherKey, at: entry.key.text,
        "it is \(MetadataDifference.shown(own)); the source gives "
          + MetadataDifference.shown(entry.value), repair: .set(entry.key.text, entry.value))
    }
  }

  /// Keys that decide how text is cut, beside the vocabulary itself.
  private static let settings = [
    "pre", "add_space_prefix", "add_bos_token", "add_eos_token", "remove_extra_whitespaces",
    "bos_token_id", "eos_token_id",
  ]

  private func tokenizer() throws -> [Finding] {
    let (own, other) = (context.metadata, source.model.metadata)
    guard own["tokenizer.ggml.model"] != nil, other["tokenizer.ggml.model"] != nil else {
      return []
    }
    var findings: [Finding] = []
    let texts = other["tokenizer.ggml.tokens"]?.array?.strings ?? []
    if texts != context.tokens {
      let same = zip(texts, context.tokens).filter { $0 == $1 }.count
      findings.append(
        Finding(
          .otherTokenizer, at: "tokenizer.ggml.tokens",
          "\(context.tokens.count) tokens, of which \(same) have the text that the source's "
            + "\(texts.count) have"))
    }
    for name in Self.settings {
      let key = ByteString("tokenizer.ggml.\(name)")
      guard let wanted = other[key], own[key] != wanted,
        !MetadataDifference.isSame(own[key] ?? .bool(!(wanted.bool ?? false)), wanted)
      else { continue }
      if own[key] == nil, wanted.bool == true, name == "add_space_prefix" { continue }
      findings.append(
        Finding(
          .otherTokenizer, at: key.text,
          "it is \(own[key].map { MetadataDifference.shown($0) } ?? "missing"); the source gives "
            + MetadataDifference.shown(wanted), repair: .set(key.text, wanted),
          severity: name.hasSuffix("_id") || name == "add_bos_token" ? .warning : .error))
    }
    if findings.isEmpty { findings += try cuts() }
    return findings
  }

  /// What the source's own tokenizer makes of texts, against what readers of the file make of them.
  private func cuts() throws -> [Finding] {
    guard let own = try? TextTokenizer.make(context.metadata),
      let vendor = try? TokenizerInput(sourcePath)
    else { return [] }
    for text in TokenizerDifference.probes {
      let bytes = Array(text.utf8)
      let first = own.encode(bytes, addSpecial: false, parseSpecial: false)
      let second = vendor.encode(bytes, addSpecial: false, parseSpecial: false)
      guard first != second else { continue }
      let place = zip(first, second).prefix { $0 == $1 }.count
      return [
        Finding(
          .otherTokenizer, at: "tokenizer.ggml.model",
          "'\(text.prefix(40))' gives other tokens from number \(place + 1) on: "
            + "\(first.dropFirst(place).prefix(4).map(Int.init)), the source's tokenizer "
            + "\(second.dropFirst(place).prefix(4).map(Int.init))", severity: .warning)
      ]
    }
    return []
  }

  private func templates() -> [Finding] {
    let key: ByteString = "tokenizer.chat_template"
    guard let wanted = source.model.metadata[key]?.string else { return [] }
    guard let own = context.metadata[key]?.string else {
      return [
        Finding(
          .otherTemplate, at: key.text, "it is missing", repair: .set(key.text, .string(wanted)))
      ]
    }
    guard own != wanted else { return [] }
    let changed = TemplateDifference(
      own.text, wanted.text, SpecialTexts(context.metadata, context.tokens),
      SpecialTexts(source.model.metadata, context.tokens))
    return [
      Finding(
        .otherTemplate, at: key.text,
        "\(changed.added + changed.removed) lines differ; "
          + "\(changed.renderings.filter { !$0.isSame }.count) of \(changed.renderings.count) "
          + "conversations are rendered in another way",
        repair: .set(key.text, .string(wanted)),
        severity: changed.renderings.allSatisfy(\.isSame) ? .note : .warning)
    ]
  }

  private func tensors() throws -> [Finding] {
    guard let model = context.model else { return [] }
    let pairs = TensorPairs(source.model.tensors, model.tensors)
    var findings: [Finding] = []
    // Names that a conversion computes, or may leave out, are no loss.
    let lost = pairs.onlyLeft.filter { !$0.text.hasPrefix("rope_f") }
    if let first = lost.first {
      findings.append(
        Finding(
          .otherTensors, at: first.text,
          "\(lost.count) tensors that the source gives are missing"))
    }
    let compared = try TensorComparison.compare(pairs.pairs, using: context.resources)
    for result in compared {
      switch result.verdict {
      case .identical, .equal, .rounded, .unknown: continue
      case .reshaped:
        findings.append(
          Finding(
            .otherTensors, at: result.name.text,
            "shape \(result.right.shape); the source gives \(result.left.shape)"))
      case .reordered:
        findings.append(
          Finding(
            .otherValues, at: result.name.text, "its rows are the source's in another order"))
      case .different:
        findings.append(
          Finding(
            .otherValues, at: result.name.text,
            "relative error \(result.error), and \(result.right.encoding) explains "
              + (result.expected.map { "\($0)" } ?? "nothing that could be measured")))
      }
    }
    return findings
  }
}
