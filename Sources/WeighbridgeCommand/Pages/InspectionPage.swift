import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// The page of `inspect --html`.
///
/// A page of a model with 100,000 tensors must still open, so that every part has a limit, and says what
/// it leaves out.
struct InspectionPage {
  let inspection: Inspection
  /// What `validate` finds.
  let findings: [Finding]
  /// The bundle that the model is in, where it was named by it.
  let bundle: BundleInspection?
  let provenance: PageProvenance

  /// The most tensors of the table, the largest ones, and so the most histograms.
  static let mostTensors = 2_000
  /// The most roles of the map and of the picture of sizes.
  static let mostRoles = 40
  /// The most columns of the map: more layers share them.
  static let mostColumns = 128
  /// The most keys, findings and tokens that are listed.
  static let mostRows = 2_000
  /// The most characters of all values that unfold.
  static let mostText = 4_000_000

  /// Files up to this size are hashed though nothing else reads them whole.
  static let mostHashed: UInt64 = 1 << 31

  /// The places of the tensors that the table shows, in the order of the model.
  static func shown(_ tensors: [Tensor]) -> [Int] {
    guard tensors.count > mostTensors else { return Array(tensors.indices) }
    return tensors.indices.sorted {
      let (left, right) = (tensors[$0].layout.byteCount, tensors[$1].layout.byteCount)
      return left != right ? left > right : $0 < $1
    }.prefix(mostTensors).sorted()
  }

  /// The document.
  var html: String {
    var page = HTMLPage(
      title: ModelInput.shortName(inspection.path), kind: "Inspection",
      provenance: provenance.rows)
    page.verdict(lead)
    page.section("Overview")
    page.facts(inspection.facts)
    if let bundle {
      page.section("Bundle")
      page.facts(bundle.facts)
      var table = PageTable(
        "Files of the bundle",
        [
          .text("File"), .text("Kind"), .number("Bytes"), .number("Stored"), .number("Ratio"),
          .text("SHA-256"),
        ])
      for row in bundle.rows.prefix(Self.mostRows) { table.add(row.map { .text($0) }) }
      page.table(table)
    }
    addProblems(to: &page)
    addMemory(to: &page)
    addPictures(to: &page)
    addTensors(to: &page)
    addMetadata(to: &page)
    addTokenizer(to: &page)
    addTemplates(to: &page)
    return page.text
  }

  private var model: Model { inspection.model }

  /// What a person wants to know first, in a line.
  private var lead: String {
    let summary = inspection.summary
    var words: [String] = []
    if let special = inspection.specialKind?.first {
      words.append(special.1)
    } else {
      words.append("\(NumberFormat.count(summary.parameters)) parameters")
      words.append(
        (inspection.recipe.map { "\($0), " } ?? "")
          + "\(NumberFormat.fixed(summary.bitsPerWeight, 2)) bits per weight")
    }
    words.append(NumberFormat.bytes(summary.fileBytes))
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count { $0.severity == .warning }
    words.append(
      errors + warnings == 0
        ? "no problems found"
        : [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
          .map { NumberFormat.counted($0.0, $0.1) }.joined(separator: ", "))
    return words.joined(separator: " · ")
  }

  private func addProblems(to page: inout HTMLPage) {
    let found = findings.filter { $0.severity != .note }
    let notes = findings.filter { $0.severity == .note }
    page.section(
      "Problems",
      note: found.isEmpty
        ? "Checked as weighbridge validate does it: nothing is wrong."
        : "As weighbridge validate finds them; Specs/findings.md lists all kinds.")
    for (list, name) in [(found, "Errors and warnings"), (notes, "Notes")] where !list.isEmpty {
      var table = PageTable(
        name,
        [.text("Where"), .text("Severity"), .text("Finding"), .text("Why"), .text("What to do")])
      for finding in list.prefix(Self.mostRows) {
        let severity = finding.severity.rawValue
        table.add([
          .text(finding.place), .markup("<span class=\"\(severity)\">\(severity)</span>", .nan),
          .markup(Self.prose("\(finding.message) [\(finding.kind.code)]"), .nan),
          .markup(Self.prose(finding.kind.why), .nan), .markup(Self.prose(finding.kind.fix), .nan),
        ])
      }
      if list.count > Self.mostRows {
        page.note(Self.leftOut(list.count, Self.mostRows, "finding"))
      }
      if name == "Notes" {
        page.markup(
          "<details><summary>\(NumberFormat.counted(notes.count, "note"))</summary>"
            + table.markup + "</details>\n")
      } else {
        page.table(table)
      }
    }
  }

  private static func prose(_ text: String) -> String {
    "<div class=\"prose\">\(Markup.escape(text))</div>"
  }

  private func addMemory(to page: inout HTMLPage) {
    guard let memory = inspection.memory else { return }
    page.section("Memory for \(NumberFormat.grouped(memory.context)) tokens")
    var parts = memory.parts + [("total", memory.total)]
    if let gpu = memory.gpuTotal, let host = memory.hostTotal {
      parts += [("on the GPU, with activations", gpu), ("in the machine's memory", host)]
    }
    page.markup(
      BarList.markup(
        "Memory by use",
        parts.map { BarList.Bar($0.0, Double($0.1), note: NumberFormat.bytes($0.1)) }))
  }

  /// `98,000 of 100,000 tensors are left out`.
  static func leftOut(_ count: Int, _ limit: Int, _ noun: String) -> String {
    "\(NumberFormat.grouped(count - limit)) of \(NumberFormat.counted(count, noun)) are left out here."
  }
}
