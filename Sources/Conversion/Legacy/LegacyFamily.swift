internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// How the files of one architecture become GGUF: names, hyperparameters, tokenizer.
///
/// Data only; a new one is a file in `Families/` and a line in `all`.
struct LegacyFamily: Sendable {
  /// How the vocabulary works.
  enum Vocabulary: Sendable {
    case sentencePiece
    /// Byte-level pairs, with the pre-tokenizer's name in GGUF.
    case bytePair(@Sendable (LegacySource) -> String)
    case wordPiece
  }

  /// `ggml.architecture`.
  let legacyName: String
  /// `general.architecture`.
  let architecture: @Sendable (LegacySource) -> String
  /// Old names and GGUF's; `{n}` is the layer.
  let names: [(old: String, new: String)]
  /// Names that GGUF does not have.
  var dropped: [String] = []
  /// Old names of fused projections whose rows come head by head.
  var headwise: [String] = []
  /// Whether positions are rotary, so that their base can be set.
  var isRotary = false
  /// Whether norms divide by the root mean square, with an epsilon that no header has.
  var hasRMSNorm = false
  /// Matrices that lie the other way round in this file, by old name.
  var transposed: @Sendable (LegacySource) -> Set<String> = { _ in [] }
  /// How the vocabulary works.
  let vocabulary: Vocabulary
  /// Writes the hyperparameters, and proves the header against shapes.
  let hyperparameters: @Sendable (LegacySource, inout LegacyMetadata) throws(ModelError) -> Void

  /// Every family.
  static let all: [LegacyFamily] = [llama, gpt2, gptJ, gptNeoX, mpt, falcon, bloom, bert]

  /// The tensors under GGUF's names, in the file's order.
  func tensors(
    _ source: LegacySource, _ builder: inout LegacyMetadata
  ) throws(ModelError) -> [Tensor] {
    let table = Dictionary(names.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first })
    var tensors: [Tensor] = []
    var requantized: [String: Int] = [:]
    for tensor in source.model.tensors {
      let text = tensor.name.text
      let (template, layer) = Self.template(text)
      if dropped.contains(text) || dropped.contains(template) {
        builder.problems.append(
          Diagnostic(.note, "left-out", at: text, "GGUF has no place for this tensor"))
        continue
      }
      guard let name = table[text] ?? table[template] else {
        throw ModelError(
          .unmappedTensor, text, "a \(builder.architecture) model has no tensor of this name")
      }
      let payload = try arranged(tensor, template, source)
      let old = payload.layout.encoding
      let converted =
        source.options.keepsBlocks
        ? payload : try Self.today(payload, named: tensor.name, source.options)
      let isSame =
        converted.layout.encoding == old || old.repacking != nil
      if !isSame { requantized["\(old) to \(converted.layout.encoding)", default: 0] += 1 }
      tensors.append(
        Tensor(
          name: ByteString(name.replacing("{n}", with: "\(layer)")), payload: converted,
          location: converted.step == .stored ? tensor.location : nil))
    }
    if source.options.isEncodedAnew { requantized = [:] }
    for (what, count) in requantized.sorted(by: { $0.key < $1.key }) {
      builder.problems.append(
        Diagnostic(
          .warning, "requantized", at: source.path,
          "\(count) tensors are re-quantized from \(what): no block of today holds their codes "
            + "(--type takes another)"))
    }
    return tensors
  }

  /// GGUF's name of a tensor.
  func newName(of name: String) -> String? {
    let (template, layer) = Self.template(name)
    return names.first { $0.old == name || $0.old == template }?.new
      .replacing("{n}", with: "\(layer)")
  }

  /// The tensor's rows in today's order.
  private func arranged(
    _ tensor: Tensor, _ template: String, _ source: LegacySource
  ) throws(ModelError) -> any TensorPayload {
    let payload = tensor.payload
    let text = tensor.name.text
    if transposed(source).contains(template) {
      guard let turned = TransposedPayload(payload) else {
        throw ModelError(
          .unsupportedEncoding, text,
          "the matrix lies the other way round, and \(payload.layout.encoding.name) cannot be turned"
        )
      }
      return turned
    }
    guard headwise.contains(template) else { return payload }
    let heads = try source.positive("n_head")
    let rows = payload.layout.shape.dimensions.first ?? 0
    let order = RowArrangement(grid: [heads, 3, rows / (3 * heads)], order: [1, 0, 2])
    guard let ordered = ArrangedPayload(payload, order),
      ordered.layout.shape == payload.layout.shape
    else {
      throw ModelError(.shapeMismatch, text, "\(payload.layout.shape) does not split into heads")
    }
    return ordered
  }

  /// The name with its first number replaced, and the number.
  private static func template(_ name: String) -> (String, Int) {
    let isLayered = { (separator: Character) in
      name.split(separator: separator, omittingEmptySubsequences: false)
    }
    for separator: Character in [".", "/"] {
      let parts = isLayered(separator)
      guard
        let index = parts.indices.dropLast().first(where: { index in
          parts[index].last?.isNumber == true
            && (parts[index].allSatisfy(\.isNumber) || parts[index].first == "h")
        })
      else { continue }
      let digits = parts[index].drop { !$0.isNumber }
      guard let layer = Int(digits) else { continue }
      let front = parts[index].dropLast(digits.count)
      let all = parts[..<index] + ["\(front){n}"] + parts[(index + 1)...]
      return (all.joined(separator: String(separator)), layer)
    }
    return (name, 0)
  }

  /// The payload in an encoding of today.
  private static func today(
    _ payload: any TensorPayload, named name: ByteString, _ options: LegacyOptions
  ) throws(ModelError) -> any TensorPayload {
    let encoding = payload.layout.encoding
    if encoding.repacking != nil {
      guard let repacked = RepackedPayload(payload, named: name, report: options.report)
      else { throw ModelError(.unsupportedEncoding, name.text, "\(encoding.name) has odd rows") }
      return repacked
    }
    if encoding.ggufType != nil, encoding != .q4_2, encoding != .q4_3 { return payload }
    for choice in [options.encoding ?? .q8_0, .f16] {
      if let result = ReencodedPayload(payload, to: choice, named: name) { return result }
    }
    throw ModelError(.unsupportedEncoding, name.text, "\(encoding.name) cannot be decoded")
  }
}

extension LegacyFamily {
  /// Refuses what a model of the family has no use for.
  func checkOptions(_ source: LegacySource) throws(ModelError) {
    let unused: [(flag: String, isUnused: Bool, what: String)] = [
      ("--rms-eps", source.options.rmsEpsilon != nil && !hasRMSNorm, "root-mean-square norm"),
      ("--rope-base", source.options.ropeBase != nil && !isRotary, "rotary positions"),
    ]
    guard let first = unused.first(where: \.isUnused) else { return }
    throw ModelError(
      .invalidRequest, first.flag, "a model of \(source.architecture) has no \(first.what)")
  }

  /// Pairs for weights and biases under both names.
  static func both(_ pairs: [(String, String)]) -> [(old: String, new: String)] {
    pairs.flatMap { pair in
      ["weight", "bias"].map { (old: "\(pair.0).\($0)", new: "\(pair.1).\($0)") }
    }
  }

  /// Pairs for weights alone.
  static func weights(_ pairs: [(String, String)]) -> [(old: String, new: String)] {
    pairs.map { (old: "\($0.0).weight", new: "\($0.1).weight") }
  }

  /// What every decoder has: sizes, proven against the embeddings.
  static func sizes(
    _ source: LegacySource, _ builder: inout LegacyMetadata, embeddings: String,
    feedForward: String, isTransposed: Bool = false
  ) throws(ModelError) {
    let width = try source.positive("n_embd")
    let heads = try source.positive("n_head")
    guard width % heads == 0 else {
      throw ModelError(
        .invalidMetadata, source.path, "a width of \(width) does not split into \(heads) heads")
    }
    try source.require(embeddings, [try source.positive("n_vocab"), width])
    if let context = source.options.contextLength ?? source.optional("n_ctx"), context > 0 {
      builder.set("context_length", context)
    } else {
      builder.set("context_length", 2048)
      builder.assume(
        "context_length",
        "2048 is assumed; the file does not say, and LLaMA 2 has 4096 (convert --context-length)",
        isCertain: source.architecture != "llama" || source.precedesLlama2)
    }
    builder.set("embedding_length", width)
    builder.set("block_count", try source.positive("n_layer"))
    builder.set(
      "feed_forward_length", try source.rows(feedForward, isTransposed: isTransposed))
    builder.set("attention.head_count", heads)
  }
}
