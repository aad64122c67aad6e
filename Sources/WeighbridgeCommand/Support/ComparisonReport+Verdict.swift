import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// What follows from a comparison: which models to take, and which nobody should.
extension ComparisonReport {
  private func name(_ model: Int) -> String {
    ModelInput.shortName(differences[model].model.location)
  }

  /// In plain words, a sentence a line; nothing of one model alone.
  var verdicts: [String] {
    guard differences.count > 1 else { return [] }
    let verdict = Verdict(differences)
    let beaten = verdict.dominated.map { entry in
      "\(name(entry.model)): \(name(entry.by)) is no larger and closer to the reference, by "
        + "\(NumberFormat.significant(entry.margin.low, 2)) to "
        + "\(NumberFormat.significant(entry.margin.high, 2)) of KLD"
    }
    return verdict.recommendations.map(line) + beaten
  }

  private func line(_ entry: Verdict.Recommendation) -> String {
    let result = differences[entry.model]
    let others = entry.equals.map(name).joined(separator: ", ")
    return "\(entry.bits) bits a weight: take \(name(entry.model)) ("
      + "\(NumberFormat.bytes(result.model.bytes)), KLD "
      + "\(NumberFormat.significant(max(0, result.divergence.value), 3)), the same top token for "
      + "\(NumberFormat.fixed(100 * result.sameTop.value, 1)) %)"
      + (others.isEmpty ? "" : "; \(others) is larger, and no closer that the text tells")
  }

  /// The verdict as JSON.
  var verdict: JSONValue {
    let verdict = Verdict(differences)
    func location(_ model: Int) -> JSONValue { JSONValue(differences[model].model.location) }
    let dominated: [JSONValue] = verdict.dominated.map { entry in
      [
        "model": location(entry.model), "by": location(entry.by),
        "kld": [
          "value": .double(entry.margin.value), "low": .double(entry.margin.low),
          "high": .double(entry.margin.high),
        ],
      ]
    }
    let recommendations: [JSONValue] = verdict.recommendations.map { entry in
      [
        "bits": .integer(entry.bits), "model": location(entry.model),
        "equals": .array(entry.equals.map(location)),
      ]
    }
    return [
      "frontier": .array(verdict.frontier.map(location)), "dominated": .array(dominated),
      "recommended": .array(recommendations),
    ]
  }

  /// The begin and the end of the block in a model card, which later runs replace.
  private static let marks = (
    begin: "<!-- weighbridge compare: begin -->", end: "<!-- weighbridge compare: end -->"
  )

  /// A block for a model card: what to take, the table, and what it was measured with.
  func card(command: String) -> String {
    var text = Self.marks.begin + "\n## What quantization costs\n\n"
    for line in verdicts { text += "- " + Markdown.inline(line) + "\n" }
    if !verdicts.isEmpty { text += "\n" }
    text += Markdown.table(Self.header.map { $0.capitalizedFirst }, rows, numbers: 2) + "\n"
    if evaluation.parts.count > 1 {
      let header = ["Text", "Model", "Tokens", "Perplexity", "Mean KLD", "Same top"]
      let rows = evaluation.parts.enumerated().flatMap { index, part in
        differences.map { result in
          let own = result.parts[index]
          return [
            part.name, ModelInput.shortName(result.model.location),
            NumberFormat.grouped(own.tokens), NumberFormat.fixed(own.perplexity.value, 3),
            Self.divergence(own.divergence), Self.percent(own.sameTop),
          ]
        }
      }
      text += Markdown.table(header, rows, numbers: 2) + "\n"
    }
    text += Markdown.paragraph(
      "KLD is the mean Kullback–Leibler divergence from \(ModelInput.shortName(reference.location)) "
        + "in nats, ± one standard error; \(title).")
    text += Markdown.facts(provenance(command))
    return text + Self.marks.end + "\n"
  }

  /// What the figures were made of.
  private func provenance(_ command: String) -> [(String, String)] {
    var facts = [("Measured by", "weighbridge \(Weighbridge.version)"), ("Command", command)]
    for part in evaluation.parts {
      facts.append(("Text", part.name + (part.digest.map { ", SHA-256 \($0)" } ?? "")))
    }
    for model in [reference] + differences.map(\.model) {
      for file in Provenance.files(at: model.location).array ?? [] {
        let digest = file["sha256"]?.text.map { ", SHA-256 \($0)" } ?? ""
        let path = ModelInput.shortName(file["path"]?.text ?? "")
        facts.append((model == reference ? "Reference" : "Model", path + digest))
      }
    }
    return facts
  }

  /// A card with the block in the place of an earlier one, or behind everything.
  static func card(_ block: String, in old: String) -> String {
    guard let start = old.firstRange(of: marks.begin),
      let end = old[start.upperBound...].firstRange(of: marks.end)
    else {
      return old + (old.isEmpty || old.hasSuffix("\n\n") ? "" : old.hasSuffix("\n") ? "\n" : "\n\n")
        + block
    }
    var rest = old[end.upperBound...]
    if rest.first == "\n" { rest = rest.dropFirst() }
    return String(old[..<start.lowerBound]) + block + String(rest)
  }
}
