import Testing
import WeighbridgeReports

@Suite struct NumberFormatTests {
  @Test(arguments: [
    (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (10_240, "10.0 KiB"),
    (1_048_575, "1.00 MiB"), (7_373_792, "7.03 MiB"), (17_179_869_184, "16.0 GiB"),
    (.max, "16.0 EiB"),
  ])
  func bytes(_ count: UInt64, _ text: String) {
    #expect(NumberFormat.bytes(count) == text)
  }

  @Test(arguments: [
    (UInt64(999), "999"), (1_000, "1.00 K"), (3_674_368, "3.67 M"), (8_030_261_248, "8.03 B"),
    (999_600, "1.00 M"),
  ])
  func counts(_ count: UInt64, _ text: String) {
    #expect(NumberFormat.count(count) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(_ value: Int, _ text: String) {
    #expect(NumberFormat.grouped(value) == text)
  }

  @Test(arguments: [
    (0.84, "0.8 s"), (59.4, "0:59"), (127, "2:07"), (3723, "1:02:03"), (Double.nan, "?"),
  ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(NumberFormat.duration(seconds) == text)
  }

  @Test func specialNumbers() {
    #expect(NumberFormat.fixed(.nan, 2) == "nan")
    #expect(NumberFormat.fixed(-.infinity, 2) == "-inf")
    #expect(NumberFormat.significant(0.000229, 3) == "0.000229")
    #expect(NumberFormat.fixed(-1.005, 1) == "-1.0")
  }
}

@Suite struct TerminalTextTests {
  @Test func controlCharactersNeverReachTheTerminal() {
    let hostile = "a\u{1B}[31mred\u{7}\nnext\u{202E}back"
    let shown = hostile.displayed()
    #expect(!shown.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    #expect(shown.contains("red") && shown.contains("⏎next"))
  }

  @Test func wideCharactersTakeTwoColumns() {
    #expect("日本".displayWidth == 4)
    #expect("e\u{301}".displayWidth == 1)
    #expect("日本語".displayed(columns: 5) == "日本…")
  }

  @Test func styleNeedsColour() {
    let plain = Terminal(isInteractive: true, hasColour: false, width: 80)
    let colour = Terminal(isInteractive: true, hasColour: true, width: 80)
    #expect(TextStyle.red.apply("x", on: plain) == "x")
    #expect(TextStyle.red.apply("x", on: colour) == "\u{1B}[31mx\u{1B}[0m")
  }
}

@Suite struct TableTests {
  private func sample() -> Table {
    var table = Table([.text("NAME", flexible: true), .number("SIZE")])
    table.add(["blk.0.attn_q.weight", "1"])
    table.add(["日本", "1,024"])
    return table
  }

  @Test func alignsColumns() {
    let text = sample().text(for: Terminal(isInteractive: false, hasColour: false, width: nil))
    #expect(
      text == """
        NAME                  SIZE
        blk.0.attn_q.weight      1
        日本                 1,024

        """)
  }

  @Test(arguments: [18, 20, 26, 80])
  func fitsTheTerminal(_ width: Int) {
    let text = sample().text(for: Terminal(isInteractive: true, hasColour: false, width: width))
    for line in text.split(separator: "\n") { #expect(String(line).displayWidth <= width) }
  }
}

/// Names in Markdown say nothing but themselves.
@Suite struct MarkdownTests {
  /// Each is read by GitHub's rules as plain text.
  @Test(arguments: [
    ("blk.0.attn_q.weight", "blk.0.attn_q.weight"), ("a|b", "a\\|b"), ("a\nb", "a⏎b"),
    ("<b>&amp;", "&lt;b&gt;&amp;amp;"), ("\u{1B}[31m", "\u{FFFD}\\[31m"),
    ("[x](y)", "\\[x\\](y)"), ("*a* `b` ~c~", "\\*a\\* \\`b\\` \\~c\\~"), ("_a_", "\\_a\\_"),
    ("http://evil", "http&#58;//evil"), ("www.evil", "www&#46;evil"), ("a@b.c", "a&#64;b.c"),
    ("a\\|b", "a\\\\\\|b"), ("\u{202E}abc", "·abc"), ("\u{9B}1m", "\u{FFFD}1m"),
  ]) func inline(_ text: String, _ expected: String) {
    #expect(Markdown.inline(text) == expected)
  }

  @Test func nothingEndsARow() {
    let table = Markdown.table(["A|", "B"], [["x\n| y |", "1"], ["\r\n", "2"]], numbers: 1)
    #expect(table.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    for line in table.split(separator: "\n") {
      #expect(line.replacing("\\|", with: "").filter { $0 == "|" }.count == 3, "\(line)")
    }
  }

  @Test(arguments: ["# a", "- a", "+ a", "1. a", "12) a", "> a", "=", ""])
  func aParagraphIsOne(_ text: String) {
    let line = Markdown.paragraph(text)
    #expect(line.hasSuffix("\n\n"))
    #expect(text.isEmpty || !line.hasPrefix(text))
  }
}
