import Foundation
import TestSupport
import Testing

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// The pages of all commands, opened in a browser and measured there.
@Suite struct PageTests {
  /// A Chromium; `WEIGHBRIDGE_CHROMIUM` names another.
  private static let browser: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["WEIGHBRIDGE_CHROMIUM"] { return named }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable"]
    return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Pages by their names, of a small model.
  private static func pages(in folder: String) throws -> [(name: String, html: String)] {
    let text = SharedData.fixture("text/test.txt")
    let lines = [
      ["quantize", checkpoint, "-o", "q4.gguf", "--type", "Q4_K_M", "--report", "cost.html"],
      ["quantize", checkpoint, "-o", "q8.gguf", "--type", "Q8_0"],
      ["inspect", "q4.gguf", "--stats", "--memory-for", "512", "--html", "inspect.html"],
      ["compare", checkpoint, "q4.gguf", "q8.gguf", "--text", text, "-c", "64", "--windows", "8"]
        + ["--max-kld", "1", "--html", "compare.html"],
      ["diff", checkpoint, "q4.gguf", "--html", "diff.html"],
    ]
    for line in lines {
      let run = try Program.run(line + ["--quiet"], in: folder)
      #expect(run.status == (line[0] == "diff" ? 1 : 0), "\(line): \(run.errors)")
      // That models differ is the answer to a question, and no error.
      #expect(!run.errors.contains("error:"))
    }
    return try ["cost", "inspect", "compare", "diff"].map {
      ($0, try String(contentsOfFile: folder + "/\($0).html", encoding: .utf8))
    }
  }

  @Test func pagesSayWhatTheyWereMadeOf() throws {
    let scratch = try ScratchFolder()
    for (name, html) in try Self.pages(in: scratch.path) {
      #expect(
        html.contains("<dt>Command</dt><dd>weighbridge \(name == "cost" ? "quantize" : name)"))
      #expect(html.contains("<dt>With</dt><dd>weighbridge 0.") && html.contains(" UTC</dd>"))
      #expect(name == "diff" || html.contains(", SHA-256 "), "\(name)")
      #expect(!html.contains("://"), "\(name) names an address")
    }
    try look(in: scratch.path)
  }

  /// No script fails, nothing is fetched, and at 400 and 1280 pixels all can be read.
  private func look(in folder: String) throws {
    guard let browser = Self.browser else {
      print(
        """
        ┌────────────────────────────────────────────────────────────────────────┐
        │ SKIPPED: no Chromium is installed, so no page was opened and measured. │
        └────────────────────────────────────────────────────────────────────────┘
        """)
      return
    }
    // Faults on purpose: what the measurements would be worth without them, nobody knows.
    let faulty = """
      <!doctype html><html><body><svg class="chart" viewBox="0 0 800 100" width="400">
      <text x="5" y="50">one</text><text x="9" y="52">another</text></svg>
      <table><tr><th>a</th></tr></table><div style="width:2000px">b</div></body></html>
      """
    var frames = ""
    for name in ["cost", "inspect", "compare", "diff", "faulty"] {
      let html =
        name == "faulty"
        ? faulty : try String(contentsOfFile: folder + "/\(name).html", encoding: .utf8)
      let escaped = html.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
      for width in [400, 1280] {
        frames +=
          "<iframe title=\"\(name) \(width)\" style=\"width:\(width)px;height:800px;border:0\""
        frames += " srcdoc=\"\(escaped)\"></iframe>\n"
      }
    }
    try "<!doctype html><body>\(frames)<pre id=\"found\"></pre><script>\(Self.measuring)</script>"
      .write(toFile: folder + "/all.html", atomically: true, encoding: .utf8)
    let run = try Program.run(
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=20000",
        "--enable-logging=stderr", "--user-data-dir=\(folder)/profile",
        "file://\(folder)/all.html",
      ], in: folder, program: browser)
    let found =
      run.output.split(separator: "<pre id=\"found\">").last?
      .split(separator: "</pre>").first.map { $0.split(separator: "\n").map(String.init) } ?? []
    #expect(found.last == "measured", "\(run.errors.suffix(2_000))")
    let faults = found.dropLast().filter { !$0.hasPrefix("faulty") }
    #expect(faults.isEmpty, "\(faults.prefix(20).joined(separator: "\n"))")
    // What is printed to the console is an error, or something that the policy of the page has stopped.
    #expect(!run.errors.contains("CONSOLE"), "\(run.errors.suffix(2_000))")
    for fault in ["script", "small", "overlap", "scope", "name", "overflow"] {
      #expect(found.contains { $0.hasPrefix("faulty 400 \(fault)") }, "\(fault) is not noticed")
    }
  }

  /// Finds what cannot be read, in every frame.
  private static let measuring = #"""
    const lines = [];
    const all = (what, where) => [...where.querySelectorAll(what)];
    const isShown = mark => mark.getClientRects().length > 0;
    const measure = frame => {
      const page = frame.contentDocument, window = frame.contentWindow;
      const say = (fault, text) => lines.push(`${frame.title} ${fault} ${text}`.replace(/\s+/g, ' ').slice(0, 200));
      if (page.documentElement.dataset.script !== 'ready') say('script', 'did not run to its end');
      for (const entry of window.performance.getEntriesByType('resource')) say('request', entry.name);
      if (page.documentElement.scrollWidth > page.documentElement.clientWidth + 1)
        say('overflow', page.documentElement.scrollWidth);
      for (const mark of all('body *', page)) {
        const own = [...mark.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !isShown(mark) || mark.closest('style, script, caption')) continue;
        const picture = mark.ownerSVGElement;
        const scale = picture ? picture.getBoundingClientRect().width / picture.viewBox.baseVal.width : 1;
        const size = parseFloat(window.getComputedStyle(mark).fontSize) * scale;
        if (size < 9) say('small', `${size.toFixed(1)} ${mark.textContent}`);
      }
      for (const picture of all('svg', page)) {
        if (!isShown(picture)) continue;
        if (!picture.getAttribute('aria-label') && picture.getAttribute('aria-hidden') !== 'true')
          say('name', picture.outerHTML);
        const frame = picture.getBoundingClientRect();
        const texts = all('text', picture).map(text => [text, text.getBoundingClientRect()]);
        texts.forEach(([text, box], index) => {
          if (box.left < frame.left - 2 || box.right > frame.right + 2)
            say('outside', text.textContent);
          for (const [other, place] of texts.slice(index + 1)) {
            const across = Math.min(box.right, place.right) - Math.max(box.left, place.left);
            const down = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
            // Boxes have room for accents above and below.
            if (across > 0.5 && down > 4) say('overlap', `${text.textContent} | ${other.textContent}`);
          }
        });
      }
      for (const head of all('th', page))
        if (!head.getAttribute('scope')) say('scope', head.textContent);
    };
    addEventListener('load', () => {
      try { for (const frame of document.querySelectorAll('iframe')) measure(frame); }
      catch (error) { lines.push('broken ' + error); }
      document.getElementById('found').textContent = [...lines, 'measured'].join('\n');
    });
    """#
}
