import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// Where models differ: by position, by kind of token, in which windows, and from each other.
extension ComparisonReport {
  /// How models differ from each other, as JSON.
  var pairs: JSONValue {
    .array(
      PairedDifference.all(of: differences).map { pair in
        [
          "first": JSONValue(differences[pair.first].model.location),
          "second": JSONValue(differences[pair.second].model.location),
          "kld": Self.json(pair.divergence), "logPerplexity": Self.json(pair.logPerplexity),
        ]
      })
  }

  private static func json(_ interval: PairedDifference.Interval) -> JSONValue {
    [
      "value": .double(interval.value), "low": .double(interval.low),
      "high": .double(interval.high),
    ]
  }

  /// A breakdown as members of a model's JSON.
  func json(_ details: DivergenceBreakdown) -> [(ByteString, JSONValue)] {
    func groups(_ groups: [DivergenceBreakdown.Group]) -> JSONValue {
      .array(
        groups.map { group in
          [
            "name": JSONValue(group.name), "tokens": .integer(group.tokens),
            "kld": .double(group.divergence),
            "logPerplexityRatio": .double(group.logPerplexityRatio),
            "sameTop": .double(100 * group.sameTop),
          ]
        })
    }
    let windows: [JSONValue] = details.worstWindows.map { window in
      [
        "source": JSONValue(name(of: window.part)), "window": .integer(window.number),
        "kld": .double(window.divergence), "text": JSONValue(window.text),
      ]
    }
    let tokens: [JSONValue] = details.worstTokens.map { token in
      [
        "source": JSONValue(name(of: token.part)), "window": .integer(token.window),
        "position": .integer(token.position), "kld": .double(token.divergence),
        "context": JSONValue(token.context), "token": JSONValue(token.token),
        "referenceBest": JSONValue(token.referenceBest), "modelBest": JSONValue(token.modelBest),
      ]
    }
    return [
      ("positions", groups(details.positions)), ("classes", groups(details.classes)),
      ("worstWindows", .array(windows)), ("worstTokens", .array(tokens)),
    ]
  }

  private func name(of part: Int) -> String {
    evaluation.parts.indices.contains(part) ? evaluation.parts[part].name : ""
  }

  /// One row a text and model, where there are several texts.
  func sources(_ terminal: Terminal) -> String {
    guard evaluation.parts.count > 1 else { return "" }
    var table = Table([
      .name("TEXT"), .name("MODEL"), .number("TOKENS", rank: 3),
      .number("PERPLEXITY", "PPL", rank: 2),
      .number("PPL +%", rank: 1), .number("MEAN KLD", "KLD"), .number("SAME TOP"),
    ])
    for (index, part) in evaluation.parts.enumerated() {
      for result in differences {
        let own = result.parts[index]
        let increase = (own.perplexityRatio.value - 1) * 100
        table.add([
          part.name, ModelInput.shortName(result.model.location), NumberFormat.grouped(own.tokens),
          NumberFormat.fixed(own.perplexity.value, 3),
          (increase < 0 ? "" : "+") + NumberFormat.fixed(increase, 2),
          NumberFormat.fixed(max(0, own.divergence.value), 6),
          NumberFormat.fixed(100 * own.sameTop.value, 2) + " %",
        ])
      }
    }
    return "\n" + table.text(for: terminal)
  }

  /// How models differ from each other, a line a pair; or only those that the text does not tell apart.
  func comparisons(all: Bool) -> [String] {
    PairedDifference.all(of: differences).compactMap { pair in
      guard all || !pair.divergence.excludesZero else { return nil }
      let (first, second) = (differences[pair.first].model, differences[pair.second].model)
      let names = (ModelInput.shortName(first.location), ModelInput.shortName(second.location))
      let interval = pair.divergence
      let range =
        "\(NumberFormat.significant(interval.low, 3)) to "
        + NumberFormat.significant(interval.high, 3)
      guard interval.excludesZero else {
        return "\(names.0) and \(names.1): no difference that the text tells (KLD \(range))"
      }
      let closer = interval.value < 0 ? names : (names.1, names.0)
      return "\(closer.0) is closer than \(closer.1): KLD differs by \(range) (95 %)"
    }
  }

  /// Everything that --verbose shows of one model.
  func breakdown(of result: ModelDifference, _ terminal: Terminal) -> String {
    guard let details = evaluation.breakdown(of: result) else { return "" }
    var text = "\n" + ModelInput.shortName(result.model.location).displayed() + "\n"
    for (title, groups) in [("POSITIONS", details.positions), ("TOKENS OF", details.classes)] {
      var table = Table([
        .name(title), .number("TOKENS"), .number("MEAN KLD", "KLD"),
        .number("LN PPL RATIO", rank: 1),
        .number("SAME TOP"),
      ])
      for group in groups {
        table.add([
          group.name, NumberFormat.grouped(group.tokens), NumberFormat.fixed(group.divergence, 6),
          NumberFormat.fixed(group.logPerplexityRatio, 5),
          NumberFormat.fixed(100 * group.sameTop, 2) + " %",
        ])
      }
      text += "\n" + table.text(for: terminal)
    }
    text += "\nThe windows that differ most:\n"
    for window in details.worstWindows {
      let kld = NumberFormat.significant(window.divergence, 3)
      text += "  \(name(of: window.part).displayed()), window \(window.number): KLD \(kld): "
      text += "\(window.text.displayed())\n"
    }
    text += "The tokens that differ most:\n"
    for token in details.worstTokens {
      let kld = NumberFormat.significant(token.divergence, 3)
      text += "  KLD \(kld): \(token.context.displayed())[\(token.token.displayed())], "
      text += "'\(token.referenceBest.displayed())' before, '\(token.modelBest.displayed())' now\n"
    }
    return text
  }
}
