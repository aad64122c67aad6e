/// A self-contained page: its style and its script are in it, nothing is fetched, and what it says holds
/// in the light, in the dark, on a telephone and on paper.
package struct HTMLPage: Sendable {
  /// What the page was made of, so that it can be cited and made again: labels with their values.
  package typealias Provenance = [(label: String, value: String)]

  private let title: String
  private let kind: String
  private let provenance: [Fact]
  private var opening = ""
  private var sections: [Section] = []

  private struct Fact: Sendable {
    let label: String
    let value: String
  }

  private struct Section: Sendable {
    let id: String
    let title: String
    var body = ""
  }

  /// A page with a heading; `kind` is said above it: `Inspection`.
  package init(title: String, kind: String, provenance: Provenance) {
    self.title = title
    self.kind = kind
    self.provenance = provenance.map { Fact(label: $0.label, value: $0.value) }
  }

  /// Begins a part with a heading, which the table of contents lists.
  package mutating func section(_ title: String, note: String? = nil) {
    sections.append(Section(id: "s\(sections.count + 1)", title: title))
    if let note { markup("<p class=\"note\">\(Markup.escape(note))</p>\n") }
  }

  /// Adds a heading below that of the section.
  package mutating func heading(_ text: String) {
    markup("<h3>\(Markup.escape(text))</h3>\n")
  }

  /// Adds a paragraph.
  package mutating func paragraph(_ text: String) {
    markup("<p>\(Markup.escape(text))</p>\n")
  }

  /// Adds a paragraph in larger letters: what a reader should know first.
  package mutating func verdict(_ text: String) {
    markup("<p class=\"verdict\">\(Markup.escape(text))</p>\n")
  }

  /// Adds a remark in small letters.
  package mutating func note(_ text: String) {
    markup("<p class=\"note\">\(Markup.escape(text))</p>\n")
  }

  /// Adds markup as it is: a chart.
  package mutating func markup(_ markup: String) {
    if sections.isEmpty {
      opening += markup
    } else {
      sections[sections.count - 1].body += markup
    }
  }

  /// Adds a table.
  package mutating func table(_ table: PageTable) { markup(table.markup) }

  /// Adds labels with their values.
  package mutating func facts(_ facts: [(String, String)]) {
    let rows = facts.map { label, value in
      "<div><dt>\(Markup.escape(label))</dt><dd>\(Markup.escape(value))</dd></div>"
    }
    markup("<dl>\(rows.joined(separator: "\n"))</dl>\n")
  }

  /// Adds a text of many lines, in a part that opens on demand.
  package mutating func preformatted(_ text: String, under summary: String? = nil) {
    let body = "<pre>\(Markup.lines(text))</pre>\n"
    guard let summary else { return markup(body) }
    markup("<details><summary>\(Markup.escape(summary))</summary>\n\(body)</details>\n")
  }

  /// The document.
  package var text: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(PageScript.policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Markup.escape(title)) · \(Markup.escape(kind))</title>
    <style>\(PageStyle.text)</style></head>
    <body><header><p class="kind">\(Markup.escape(kind))</p><h1>\(Markup.escape(title))</h1>
    \(opening)</header>
    \(contents)<main>
    \(sections.map(Self.markup).joined())</main>
    \(footer)<script>\(PageScript.text)</script></body></html>

    """
  }

  private static func markup(_ section: Section) -> String {
    """
    <section id="\(section.id)" aria-labelledby="\(section.id)h">
    <h2 id="\(section.id)h">\(Markup.escape(section.title))</h2>
    \(section.body)</section>

    """
  }

  /// Links to the sections, where there are enough of them to look for one.
  private var contents: String {
    guard sections.count > 2 else { return "" }
    let links = sections.map { "<li><a href=\"#\($0.id)\">\(Markup.escape($0.title))</a></li>" }
    return "<nav aria-label=\"Contents\"><ul>\(links.joined())</ul></nav>\n"
  }

  private var footer: String {
    let rows = provenance.map {
      "<div><dt>\(Markup.escape($0.label))</dt><dd>\(Markup.escape($0.value))</dd></div>"
    }
    return """
      <footer><h2>About this page</h2><dl>\(rows.joined(separator: "\n"))</dl></footer>

      """
  }
}
