import Weighbridge
import WeighbridgeReports

extension ArchitectureList {
  /// Two tables that fit 80 columns, and what their last columns mean.
  func table(_ terminal: Terminal) -> String {
    var text = ""
    for isProjector in [false, true] {
      let rows = entries.filter { $0.isProjector == isProjector }
      var columns: [Table.Column] = [
        .name(isProjector ? "CLASS WITH A PROJECTOR" : "CLASS"), .name("GGUF", rank: 1),
      ]
      if !isProjector { columns.append(.text("RUNS")) }
      var table = Table(columns + [.text("TESTED", rank: 2)])
      for row in rows {
        var cells = [row.className, row.architecture]
        if !isProjector { cells.append(row.runs ? "yes" : "no") }
        table.add(cells + [row.tested])
      }
      text += table.text(for: terminal) + "\n"
    }
    let texts = entries.filter { !$0.isProjector }
    let explanation =
      "\(texts.count) classes of text models, \(texts.count(where: \.runs)) of them run, and "
      + "\(entries.count - texts.count) with projectors.\n"
      + "TESTED: logits, the conversion and the logits of a tiny checkpoint;\n"
      + "converter, its conversion alone, equal to llama.cpp's;\n"
      + "-, written by llama.cpp's source.\n"
    return text + explanation.wrapped(for: terminal)
  }
}
