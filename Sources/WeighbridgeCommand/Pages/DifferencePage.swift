import Weighbridge
import WeighbridgeReports

/// The page of `diff --html`.
struct DifferencePage {
  let difference: ContentDifference

  /// The document.
  var html: String {
    var page = HTMLPage(
      title:
        "\(ModelInput.shortName(difference.left)) and \(ModelInput.shortName(difference.right))",
      kind: "Difference", provenance: PageProvenance().rows)
    if difference.isSameBytes {
      page.verdict("Identical: the same bytes.")
      return page.text
    }
    for line in difference.summary { page.paragraph(line) }
    for (header, rows) in difference.tables {
      page.section(header[0].capitalizedFirst)
      var table = PageTable(
        header[0].capitalizedFirst, header.map { .text($0.capitalizedFirst) },
        codes: header[0] == "TENSOR" || header[0] == "KEY")
      table.letSearch("rows")
      for row in rows.prefix(InspectionPage.mostRows) { table.add(row.map { .text($0) }) }
      if rows.count > InspectionPage.mostRows {
        page.note(InspectionPage.leftOut(rows.count, InspectionPage.mostRows, "row"))
      }
      page.table(table)
    }
    if let template = difference.template {
      page.section("Template, line by line")
      page.preformatted(template.lines.joined(separator: "\n"))
    }
    return page.text
  }
}
