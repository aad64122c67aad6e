internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR

/// Rules of containers and files.
enum FormatRules {
  /// What the reader has noticed.
  static func diagnostics(_ context: ValidationContext) -> [Finding] {
    context.opened.problems.map { problem in
      let message = problem.message + (problem.hint.map { " (\($0))" } ?? "")
      guard let kind = FindingKind.diagnostics.first(where: { $0.code == problem.code }) else {
        return Finding(
          .noted, at: problem.place, "\(message) [\(problem.code)]",
          severity: problem.severity == .error ? .warning : problem.severity)
      }
      return Finding(
        kind, at: problem.place, message, repair: kind == .oddTruth ? .rewrite : nil)
    }
  }

  /// Parts and their names; the quantization that a name promises.
  static func names(_ context: ValidationContext) -> [Finding] {
    guard context.opened.origin.isGGUF else { return [] }
    var findings: [Finding] = []
    let files = context.opened.origin.files
    if files.count == 1, let file = files.first {
      let name = ModelInput.shortName(file.path)
      let count = context.opened.metadata["split.count"]?.integer ?? 0
      if let shard = ShardName(name), shard.count > 1, count < 2 {
        findings.append(
          Finding(
            .shardName, at: file.path,
            "by its name it is part \(shard.index + 1) of \(shard.count), by its metadata it is whole"
          ))
      }
      findings += quantization(in: name, file.path, context)
    }
    if let file = files.first { findings += convention(ModelInput.shortName(file.path), context) }
    return findings
  }

  /// What programs read out of a name: a size such as `7B`, and the encoding (GGUF's naming convention,
  /// docs/gguf.md of ggml).
  private static func convention(_ name: String, _ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tensors.isEmpty else { return [] }
    let parts = name.uppercased().split { $0 == "-" || $0 == "." }
    let encodings = Set(context.opened.tensors.map { $0.layout.encoding.name })
    var missing: [String] = []
    if !parts.contains(where: isSize) { missing.append("size") }
    let names = encodings.union(RecipeRegistry.all.map(\.name))
    if !parts.contains(where: { part in names.contains { part.hasPrefix($0) } }) {
      missing.append("encoding")
    }
    guard !missing.isEmpty else { return [] }
    return [
      Finding(
        .nameConvention, at: name, "its name says no " + missing.joined(separator: " and no "))
    ]
  }

  /// `7B`, `0.5B`, `8x7B`, `270M`.
  private static func isSize(_ part: Substring) -> Bool {
    guard let unit = part.last, "KMBTQ".contains(unit), part.first?.isNumber == true else {
      return false
    }
    return part.dropLast().split(separator: "X", omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
  }

  /// Names of recipes as they stand in names of files.
  private static func quantization(
    in name: String, _ path: String, _ context: ValidationContext
  ) -> [Finding] {
    guard context.isLanguageModel, !context.tensors.isEmpty,
      let type = context.metadata["general.file_type"]?.integer,
      let actual = RecipeRegistry.all.first(where: { Int($0.fileType) == type })
    else { return [] }
    let stem = name.uppercased().split(whereSeparator: { $0 == "-" || $0 == "." }).map(String.init)
    let named = stem.compactMap { part in
      RecipeRegistry.all.first { $0.name == part && part.contains { $0.isNumber } }
    }
    guard let promised = named.last, promised.fileType != actual.fileType else { return [] }
    return [
      Finding(
        .fileName, at: path,
        "the name says \(promised.name), and general.file_type \(actual.name)")
    ]
  }

  /// Files without tensors: vocabularies, or nothing.
  static func tensors(_ context: ValidationContext) -> [Finding] {
    guard context.opened.tensors.isEmpty else { return [] }
    guard context.tokens.isEmpty else {
      return [Finding(.empty, at: context.path, "there are no tensors in it, only a vocabulary")]
    }
    return [
      Finding(
        .empty, at: context.path, "there are neither tensors nor a vocabulary in it",
        severity: context.isLanguageModel ? .error : .warning)
    ]
  }

  /// Sums of importance that are zero although something was counted: quantizing by them wipes a matrix.
  static func importance(_ context: ValidationContext) throws -> [Finding] {
    guard context.opened.kind == .importance else { return [] }
    var findings: [Finding] = []
    for tensor in context.opened.tensors where tensor.name.hasSuffix(".in_sum2") {
      guard tensor.layout.byteCount <= 1 << 28, let rows = FloatRows(tensor.payload) else {
        continue
      }
      var sum: Float = 0
      for row in 0..<tensor.layout.rowCount {
        sum += try rows.read(rows: row..<row + 1).reduce(0) { $0 + abs($1) }
      }
      guard sum == 0 || !sum.isFinite else { continue }
      findings.append(
        Finding(
          .importanceZero, at: tensor.name.text,
          sum == 0 ? "all sums are 0" : "sums are NaN or infinite"))
    }
    return findings
  }
}
