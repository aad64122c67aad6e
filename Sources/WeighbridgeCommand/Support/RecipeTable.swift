import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeReports

/// All recipes with their sizes, what they need, and what they cost.
struct RecipeTable {
  /// Where the figures come from.
  private static let source =
    "Fixtures/models/jargon-llama (3.7 M parameters), 27 windows of the second half of "
    + "Fixtures/text/test.txt, importance matrix of the first half"

  private static let advice = """
    KLD is the mean KL divergence from F16, measured on a model of 3.7 M parameters; large models lose less, \
    but the order is the same. WEIGHED is with an importance matrix (weighbridge imatrix).
    Which one? Q8_0 loses next to nothing, Q6_K and Q5_K_M little; Q4_K_M is the usual choice; below four \
    bits take an importance matrix. 'weighbridge compare' measures yours.
    """

  func text(_ terminal: Terminal) -> String {
    var table = Table([
      .text("RECIPE"), .number("BITS/WEIGHT", "BPW"), .number("KLD"), .number("WEIGHED"),
      .number("SAME TOP", rank: 2), .text("IMPORTANCE MATRIX", flexible: true, rank: 1),
    ])
    for recipe in RecipeRegistry.all {
      guard let cost = recipe.cost else {
        table.add([recipe.name, NumberFormat.fixed(recipe.base.bitsPerElement, 2)])
        continue
      }
      let best = cost.weighed ?? cost.plain
      table.add([
        recipe.name, NumberFormat.fixed(cost.bitsPerWeight, 2), Self.number(cost.plain),
        Self.number(cost.weighed),
        best.map { NumberFormat.fixed($0.sameTop, 1) + " %" } ?? "", Self.need(cost),
      ])
    }
    let lines = Self.advice.split(separator: "\n").flatMap { line in
      terminal.width.map { String(line).wrapped(columns: $0) } ?? [String(line)]
    }
    return table.text(for: terminal) + "\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func number(_ figures: RecipeCost.Figures?) -> String {
    guard let figures else { return "-" }
    return figures.divergence == 0 ? "0" : NumberFormat.significant(figures.divergence, 2)
  }

  private static func need(_ cost: RecipeCost) -> String {
    if cost.plain == nil { return "needed" }
    return cost.weighed == nil ? "not used" : "helps"
  }

  /// The document that `--json` prints.
  var json: JSONValue {
    [
      "schema": "weighbridge.types/1", "source": JSONValue(Self.source),
      "recipes": .array(
        RecipeRegistry.all.map { recipe in
          let cost = recipe.cost
          return [
            "name": JSONValue(recipe.name),
            "aliases": .array(recipe.aliases.map { JSONValue($0) }),
            "fileType": .integer(Int(recipe.fileType)), "base": JSONValue(recipe.base.name),
            "bitsPerWeight": cost.map { .double($0.bitsPerWeight) } ?? nil,
            "importance": cost.map { JSONValue(Self.need($0)) } ?? nil,
            "kld": cost?.plain.map { Self.json($0) } ?? nil,
            "weighedKld": cost?.weighed.map { Self.json($0) } ?? nil,
          ]
        }),
    ]
  }

  private static func json(_ figures: RecipeCost.Figures) -> JSONValue {
    [
      "mean": .double(figures.divergence), "error": .double(figures.error),
      "sameTop": .double(figures.sameTop),
    ]
  }
}
