import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

/// A comparison in ten lines, and its details.
extension ContentDifference {
  func text(_ terminal: Terminal, details: Bool) -> String {
    if isSameBytes { return "identical: the same bytes\n" }
    var text = summary.map { $0.displayed() + "\n" }.joined()
    if details { text += self.details(terminal) }
    return text
  }

  /// At most ten lines.
  var summary: [String] {
    var lines = ["A  \(left): \(kinds.left)", "B  \(right): \(kinds.right)"]
    if !files.isEmpty {
      lines.append("files      \(Self.counted(files.count, "file differs", "files differ"))")
    }
    if !tensors.isEmpty || !onlyLeft.isEmpty || !onlyRight.isEmpty { lines.append(weights) }
    if let worst = tensors.filter({ $0.error > 0 }).max(by: { $0.error < $1.error }) {
      let expected = worst.expected.map { ", \(Self.number($0)) expected" } ?? ""
      lines.append(
        "           largest error \(Self.number(worst.error)) in \(worst.name)\(expected) "
          + "(\(worst.left.encoding) and \(worst.right.encoding))")
    }
    if !onlyLeft.isEmpty || !onlyRight.isEmpty {
      let names = (onlyLeft.prefix(2).map { "-\($0)" } + onlyRight.prefix(2).map { "+\($0)" })
      lines.append(
        "           \(onlyLeft.count) only in A, \(onlyRight.count) only in B: "
          + names.joined(separator: ", "))
    }
    if let metadata {
      let shown = metadata.entries.prefix(3).map(\.key.text).joined(separator: ", ")
      lines.append(
        metadata.entries.isEmpty
          ? "metadata   the same"
          : "metadata   \(Self.counted(metadata.entries.count, "key differs", "keys differ")): "
            + shown + (metadata.entries.count > 3 ? ", …" : ""))
    }
    if let tokenizer, tokenizer.count.left > 0 || tokenizer.count.right > 0 {
      lines.append("tokenizer  " + Self.line(tokenizer))
    }
    if let template {
      let others = template.renderings.filter { !$0.isSame }.count
      lines.append(
        "template   \(Self.counted(template.removed, "line", "lines")) removed, "
          + "\(template.added) added; "
          + "\(others) of \(template.renderings.count) conversations rendered differently")
    }
    lines += notes.prefix(1)
    return lines
  }

  private var weights: String {
    let verdict: String
    if tensors.isEmpty {
      verdict = "nothing in common"
    } else if !isSameWeights {
      let others = count(.different) + count(.reshaped) + count(.unknown)
      let moved = count(.reordered)
      if others > 0 {
        verdict = Self.counted(others, "tensor has other weights", "tensors have other weights")
      } else if moved > 0 {
        verdict =
          Self.counted(moved, "tensor has its", "tensors have their") + " rows in another order"
      } else {
        verdict = "the tensors that both have are the same"
      }
    } else if count(.rounded) > 0 {
      verdict = "the same weights in other encodings"
    } else {
      verdict = "the same weights"
    }
    let counts = TensorComparison.Verdict.allCases.compactMap { kind in
      count(kind) > 0 ? "\(count(kind)) \(kind.rawValue)" : nil
    }
    return "weights    \(verdict)" + (counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))")
  }

  private static func line(_ tokenizer: TokenizerDifference) -> String {
    guard !tokenizer.isEmpty else { return "the same" }
    var parts = [
      "\(Self.counted(tokenizer.added.count, "token", "tokens")) added, "
        + "\(tokenizer.removed.count) removed, "
        + "\(tokenizer.changed.count) changed"
    ]
    if tokenizer.addedMerges + tokenizer.removedMerges > 0 {
      parts.append("\(tokenizer.addedMerges) merges added, \(tokenizer.removedMerges) removed")
    } else if tokenizer.areMergesReordered {
      parts.append("merges in another order")
    }
    parts.append(tokenizer.probe == nil ? "sample texts cut alike" : "sample texts cut differently")
    return parts.joined(separator: "; ")
  }

  private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(many)"
  }

  static func number(_ value: Double) -> String { NumberFormat.significant(value, 3) }

  private func details(_ terminal: Terminal) -> String {
    var text = ""
    for (header, rows) in tables {
      var table = Table(header.enumerated().map { .text($1, flexible: $0 != 1) })
      for row in rows { table.add(row) }
      text += "\n" + table.text(for: terminal)
    }
    if let template {
      text += "\nTEMPLATE\n" + template.lines.map { $0.displayed() + "\n" }.joined()
    }
    return text
  }

  /// What differs, as tables with their headings.
  var tables: [(header: [String], rows: [[String]])] {
    var tables: [(header: [String], rows: [[String]])] = []
    let changed = tensors.filter { $0.verdict != .identical && $0.verdict != .equal }
    var rows = changed.map { result in
      [
        result.name.text, result.verdict.rawValue, "\(result.left.encoding)",
        "\(result.right.encoding)", Self.number(result.error),
        result.expected.map { Self.number($0) } ?? "", Self.number(result.largest),
      ]
    }
    rows += onlyLeft.map { [$0.text, "only in A"] } + onlyRight.map { [$0.text, "only in B"] }
    if !rows.isEmpty {
      tables.append((["TENSOR", "VERDICT", "A", "B", "ERROR", "EXPECTED", "LARGEST"], rows))
    }
    if let entries = metadata?.entries, !entries.isEmpty {
      tables.append(
        (
          ["KEY", "A", "B"],
          entries.map {
            [$0.key.text, MetadataDifference.shown($0.left), MetadataDifference.shown($0.right)]
          }
        ))
    }
    if let tokenizer, !tokenizer.isEmpty {
      let tokens = tokenizer.removed + tokenizer.added + tokenizer.changed
      var rows = tokens.prefix(200).map { token in
        ["\(token.id)", token.what, token.left?.text ?? "–", token.right?.text ?? "–"]
      }
      if let probe = tokenizer.probe {
        rows.append(["", "ids of '\(probe.text)'", "\(probe.left)", "\(probe.right)"])
      }
      tables.append((["TOKEN", "WHAT", "A", "B"], rows))
    }
    if !files.isEmpty {
      tables.append(
        (["FILE", "A", "B"], files.map { [$0.path, $0.left ?? "–", $0.right ?? "–"] }))
    }
    if let template {
      tables.append(
        (
          ["CONVERSATION", "", "A", "B"],
          template.renderings.filter { !$0.isSame }.map { [$0.name, "differs", $0.left, $0.right] }
        ))
    }
    return tables
  }
}
