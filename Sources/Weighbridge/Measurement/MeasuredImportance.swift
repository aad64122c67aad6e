internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// How much every column of every weight matters, measured on texts: an importance matrix.
public struct MeasuredImportance: Sendable {
  /// What the squares of one tensor's inputs show.
  public struct Tensor: Hashable, Sendable {
    /// The tensor's name in GGUF.
    public let name: String
    /// What kind of tensor it is: `attn_k`.
    public let kind: String
    /// Its layer; nil outside the layers.
    public let layer: Int?
    /// Tokens that were seen, expert by expert.
    public let counts: [Int]
    /// Mean squares that the figures are about: those of parts that saw data.
    public let elements: Int
    /// Their sum.
    public let total: Double
    /// The smallest.
    public let minimum: Double
    /// The largest.
    public let maximum: Double
    /// Their mean.
    public let mean: Double
    /// Their standard deviation.
    public let standardDeviation: Double
    /// The share of those above 1e-5.
    public let active: Double
    /// The entropy of their distribution over the columns, in bits.
    public let entropy: Double
    /// That over the largest possible one.
    public let normalizedEntropy: Double
    /// The share of those more than one standard deviation above the mean.
    public let outliers: Double
    /// The cosine between them and those of the layer before; nil without one.
    public let cosine: Double?
  }

  /// The file that it was read from, or the model that it was measured on.
  public var location: String { sums.path }
  /// Whether it was read from llama.cpp's older format, `.dat`.
  public var isLegacy: Bool { sums.isLegacy }
  /// The texts that it was measured on, as far as is known.
  public var texts: [String] { sums.datasets.map(\.text) }
  /// How many windows of text; 0 where that is not known.
  public var windowCount: Int { sums.chunkCount }
  /// Tokens of one window; 0 where that is not known.
  public var context: Int { sums.chunkSize }
  /// How many tensors it has.
  public var tensorCount: Int { sums.entries.count }
  /// What is doubtful: experts that saw no data.
  public var diagnostics: [Diagnostic] { sums.problems.map { Diagnostic($0) } }
  private let sums: ImportanceSums

  init(_ sums: ImportanceSums) { self.sums = sums }

  /// Opens a file in either of llama.cpp's formats.
  public init(_ path: String) throws(WeighbridgeError) {
    sums = try publicly { try ImportanceInput.openSums(path) }
  }

  /// Adds up what several have measured, as windows of `context` tokens.
  public init(
    merging parts: [MeasuredImportance], as location: String, context: Int
  ) throws(WeighbridgeError) {
    sums = try publicly {
      try ImportanceSums.merged(parts.map(\.sums), path: location, chunkSize: context)
    }
  }

  /// The figures of every tensor that saw data, by name.
  public var tensors: [Tensor] {
    var counts: [ByteString: [Int]] = [:]
    for entry in sums.entries { counts[entry.name] = entry.counts }
    return sums.statistics.map { row in
      Tensor(
        name: row.name.text, kind: row.kind, layer: row.layer, counts: counts[row.name] ?? [],
        elements: row.elements, total: row.total, minimum: row.minimum, maximum: row.maximum,
        mean: row.mean, standardDeviation: row.standardDeviation, active: row.active,
        entropy: row.entropy, normalizedEntropy: row.normalizedEntropy, outliers: row.outliers,
        cosine: row.cosine)
    }
  }

  /// A format of llama.cpp's importance matrices.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// The present one.
    case gguf
    /// The one before it, which has windows in place of tokens, and one number for all experts.
    case dat
  }

  /// Writes one of llama.cpp's formats, whole or not at all; the bytes that were written.
  @discardableResult
  public func write(
    to path: String, as format: Format = .gguf, replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> UInt64 {
    try publicly {
      if format == .dat {
        let bytes = try sums.legacyBytes()
        let file = try AtomicFile(
          OutputPlace(path, replacing: replaces), byteCount: UInt64(bytes.count))
        try file.sink.write(bytes, at: 0)
        try file.commit()
        return UInt64(bytes.count)
      }
      let model = try sums.model()
      let layout = try GGUF.layOut(model)
      let place = try OutputPlace(path, replacing: replaces)
      let file = try AtomicFile(place, byteCount: layout.byteCount)
      try StreamingExecutor(workers: resources.threads, chunkBytes: resources.chunkBytes)
        .write(model, as: layout, to: file.sink)
      try file.commit()
      return layout.byteCount
    }
  }
}

/// How importance is measured.
public struct ImportanceRequest: Hashable, Sendable {
  /// Tokens of one window.
  public var context = 512
  /// At most so many windows of each text; nil for all.
  public var windowLimit: Int?
  /// So many windows of each text are left out first.
  public var skippedWindows = 0
  /// Whether names of special tokens in a text are taken for the tokens.
  public var parsesSpecial = false
  /// A chat template's file, to render conversations by; nil for the model's own.
  public var template: String?
  /// Whether the output head is measured, too.
  public var includesOutput = false
  /// After every so many windows what was measured so far is given away; 0 for never.
  public var windowsBetweenPauses = 0
  /// Windows that were measured before, by other runs: pauses count them.
  public var earlierWindows = 0

  /// All windows of 512 tokens, without the output head.
  public init() {}
}

extension RunnableModel {
  /// Runs texts, each with its name, through the model and sums the squares of what every matrix is
  /// multiplied with; gives away what was measured so far where `request` asks for pauses.
  public func importance(
    on texts: [(name: String, text: [UInt8])], _ request: ImportanceRequest = ImportanceRequest(),
    using resources: Resources = Resources(),
    pausing pause: (MeasuredImportance) throws -> Void = { _ in }
  ) throws(WeighbridgeError) -> MeasuredImportance {
    try publicly {
      let tokenizer = try TextTokenizer.make(model.metadata)
      let cut = try texts.map { text in
        try request.windows(
          of: tokenizer.encode(text.text, parseSpecial: request.parsesSpecial), named: text.name,
          tokenizer)
      }
      return try importance(on: cut, named: texts.map { $0.name }, request, resources, pause)
    }
  }

  /// The same of what lies at several places; conversations are rendered by the model's chat template,
  /// one behind another.
  public func importance(
    on sources: [TextSource], _ request: ImportanceRequest = ImportanceRequest(),
    using resources: Resources = Resources(),
    pausing pause: (MeasuredImportance) throws -> Void = { _ in }
  ) throws(WeighbridgeError) -> MeasuredImportance {
    try publicly {
      let cutter = try TextCutter(model, at: summary.location, template: request.template)
      let cut = try sources.map { source in
        let stream = try cutter.stream(
          TextDocuments(source), parsesSpecial: request.parsesSpecial)
        return try source.named {
          try request.windows(of: stream.tokens, named: source.name, cutter.tokenizer)
        }
      }
      return try importance(on: cut, named: sources.map(\.path), request, resources, pause)
    }
  }

  private func importance(
    on cut: [TokenWindows], named names: [String], _ request: ImportanceRequest,
    _ resources: Resources, _ pause: (MeasuredImportance) throws -> Void
  ) throws -> MeasuredImportance {
    let collector = ImportanceCollector(
      decoder, includesOutput: request.includesOutput, options: resources.inference)
    func measured(_ count: Int) throws -> MeasuredImportance {
      MeasuredImportance(
        try ImportanceSums(
          path: summary.location,
          entries: collector.sums.compactMap {
            ImportanceSums.Entry(name: $0.name, sums: $0.sums, counts: $0.counts)
          }, datasets: names.map { ByteString($0) }, chunkCount: count,
          chunkSize: request.context))
    }
    var count = 0
    let pauses = WindowPauses(
      cut, every: request.windowsBetweenPauses, after: request.earlierWindows)
    for (windows, isFollowedByPause) in pauses.parts {
      try collector.collect(windows)
      count += windows.windows.count
      if isFollowedByPause { try pause(measured(count)) }
    }
    return try measured(count)
  }
}

extension ImportanceRequest {
  /// The windows of a text that are measured.
  fileprivate func windows(
    of all: [Int32], named name: String, _ tokenizer: TextTokenizer
  ) throws -> TokenWindows {
    let start = skippedWindows * context
    guard start == 0 || start < all.count else {
      throw RequestError(
        message: "\(name) has \(all.count / context) windows of \(context) tokens, and "
          + "\(skippedWindows) are to be left out")
    }
    return try TokenWindows(
      tokens: Array(all.dropFirst(start)), context: context, limit: windowLimit,
      beginToken: tokenizer.beginToken)
  }
}
