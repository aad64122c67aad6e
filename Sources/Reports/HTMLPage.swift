/// A self-contained page: no scripts, no fonts, nothing fetched; readable in the light and in the dark.
package struct HTMLPage: Sendable {
  private let title: String
  private var body = ""

  /// A page with a heading.
  package init(title: String) { self.title = title }

  /// Text with what HTML would interpret escaped.
  package static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.displayed().unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Adds a heading.
  package mutating func heading(_ text: String) { body += "<h2>\(Self.escape(text))</h2>\n" }

  /// Adds a paragraph.
  package mutating func paragraph(_ text: String) { body += "<p>\(Self.escape(text))</p>\n" }

  /// Adds markup as it is: a chart.
  package mutating func markup(_ markup: String) { body += markup }

  /// Adds a table; the columns in `numeric` stand to the right.
  package mutating func table(_ header: [String], _ rows: [[String]], numeric: Set<Int> = []) {
    func cells(_ values: [String], _ tag: String) -> String {
      values.enumerated().map { index, value in
        let kind = numeric.contains(index) ? " class=\"n\"" : ""
        return "<\(tag)\(kind)>\(Self.escape(value))</\(tag)>"
      }.joined()
    }
    body += "<div class=\"scroll\"><table><thead><tr>\(cells(header, "th"))</tr></thead><tbody>\n"
    for row in rows { body += "<tr>\(cells(row, "td"))</tr>\n" }
    body += "</tbody></table></div>\n"
  }

  /// Adds labels with their values.
  package mutating func facts(_ facts: [(String, String)]) {
    body += "<dl>"
    for (label, value) in facts {
      body += "<dt>\(Self.escape(label))</dt><dd>\(Self.escape(value))</dd>"
    }
    body += "</dl>\n"
  }

  /// The document.
  package var text: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(Self.escape(title))</title>
    <style>\(Self.style)</style></head>
    <body><main><h1>\(Self.escape(title))</h1>
    \(body)</main></body></html>

    """
  }

  private static let style = """
    :root{color-scheme:light dark;--ink:light-dark(#1c1f23,#e6e8ea);--soft:light-dark(#667079,#98a2ab);
    --line:light-dark(#dfe3e7,#353b41);--mark:light-dark(#0b7285,#4cc4d8);--second:light-dark(#b35c00,#f0a04b)}
    body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);margin:0;padding:2rem 1rem}
    main{max-width:72rem;margin:auto}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem}dt{color:var(--soft)}dd{margin:0}
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
    th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line);white-space:nowrap;
    max-width:40rem;overflow:hidden;text-overflow:ellipsis}th{color:var(--soft);font-weight:600}.n{text-align:right}
    svg text{fill:var(--soft);font:12px system-ui,sans-serif}svg .axis{stroke:var(--line)}
    svg .bar{fill:var(--mark)}svg .dot{fill:var(--mark)}svg .line{stroke:var(--mark);fill:none;stroke-width:2}
    """
}
