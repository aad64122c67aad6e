import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What a page shows of metadata, tokenizer and chat template.
extension InspectionPage {
  func addMetadata(to page: inout HTMLPage) {
    let entries = inspection.model.metadata.entries
    guard !entries.isEmpty else { return }
    page.section("Metadata")
    var table = PageTable("Metadata", [.text("Key"), .text("Type"), .text("Value")], codes: true)
    table.letSearch("keys")
    var room = Self.mostText
    for entry in entries.prefix(Self.mostRows) {
      table.add([
        .text(entry.key.text), .text(entry.value.typeName.lowercased()),
        Self.cell(entry.value, &room),
      ])
    }
    if entries.count > Self.mostRows {
      page.note(Self.leftOut(entries.count, Self.mostRows, "key"))
    }
    page.table(table)
  }

  /// A short value as it is; a long one unfolds.
  private static func cell(_ value: MetadataValue, _ room: inout Int) -> PageTable.Cell {
    let line = MetadataText.line(value)
    guard line.count > 90 || (value.array?.count ?? 0) > 6 else { return .text(line) }
    let start = String(line.prefix(90)) + (line.count > 90 ? "…" : "")
    let whole = self.whole(value)
    guard whole.utf8.count <= room else {
      return .text(start + " (too long for this page; inspect --metadata --json --full has it)")
    }
    room -= whole.utf8.count
    return .folded(start, "<pre>\(Markup.lines(whole))</pre>")
  }

  /// A value with its lines; of an array the first elements.
  private static func whole(_ value: MetadataValue) -> String {
    let most = 20_000
    switch value {
    case .string(let text):
      let whole = text.text
      return whole.count > most
        ? String(whole.prefix(most))
          + "\n… and \(NumberFormat.grouped(whole.count - most)) characters more"
        : whole
    case .array(let array):
      let shown = min(array.count, 500)
      let lines = array.prefix(shown).json.map { $0.text(compact: true) }
      let text = String(lines.joined(separator: ", ").prefix(most))
      let rest = array.count - shown
      return rest > 0
        ? text + "\n… and \(NumberFormat.counted(rest, "element")) more" : text
    default: return MetadataText.line(value)
    }
  }

  // MARK: - Tokenizer

  /// The inspection of what has the tokenizer: a checkpoint's lies in files of its own.
  private var canonical: Inspection {
    guard inspection.model.metadata["tokenizer.ggml.tokens"] == nil,
      let (model, _) = try? ModelInput.openCanonical(inspection.path)
    else { return inspection }
    return Inspection(model, path: inspection.path)
  }

  func addTokenizer(to page: inout HTMLPage) {
    let source = canonical
    let json = source.tokenizerJSON
    guard let count = json["tokens"]?.integer else { return }
    page.section("Tokenizer")
    var facts = [
      ("kind", "\(json["name"]?.text ?? "") (\(json["kind"]?.text ?? ""))"),
      ("tokens", NumberFormat.grouped(count)),
    ]
    if let pre = json["pre"]?.text { facts.append(("splits words", pre)) }
    page.facts(facts)
    let special = json["special"]?.array ?? []
    if !special.isEmpty {
      page.heading("Special tokens")
      var table = PageTable("Special tokens", [.text("Role"), .number("Id"), .text("Token")])
      for token in special.prefix(Self.mostRows) {
        let id = token["id"]?.integer ?? 0
        table.add([
          .text(token["role"]?.text ?? ""), .number("\(id)", Double(id)),
          .markup("<code>\(Markup.escape(token["text"]?.text ?? ""))</code>", .nan),
        ])
      }
      page.table(table)
    }
    addControlTokens(source.model.metadata, to: &page)
  }

  /// Tokens that no text is cut into: control (3) and user-defined (4) ones (llama.h, `llama_token_type`).
  private func addControlTokens(_ metadata: Metadata, to page: inout HTMLPage) {
    guard let types = metadata["tokenizer.ggml.token_type"]?.array?.integers,
      let tokens = metadata["tokenizer.ggml.tokens"]?.array?.strings
    else { return }
    let places = types.indices.filter {
      (types[$0] == 3 || types[$0] == 4) && tokens.indices.contains($0)
    }
    guard !places.isEmpty else { return }
    var table = PageTable(
      "Control and added tokens", [.number("Id"), .text("Kind"), .text("Token")])
    table.letSearch("tokens")
    for place in places.prefix(Self.mostRows) {
      table.add([
        .number("\(place)", Double(place)), .text(types[place] == 3 ? "control" : "added"),
        .markup("<code>\(Markup.escape(tokens[place].text))</code>", .nan),
      ])
    }
    page.markup(
      "<details><summary>\(NumberFormat.counted(places.count, "control or added token"))</summary>\n"
        + (places.count > Self.mostRows
          ? "<p class=\"note\">\(Self.leftOut(places.count, Self.mostRows, "token"))</p>" : "")
        + table.markup + "</details>\n")
  }

  // MARK: - Chat template

  func addTemplates(to page: inout HTMLPage) {
    let prefix: ByteString = "tokenizer.chat_template"
    let templates = canonical.model.metadata.entries.filter {
      $0.key.hasPrefix(prefix) && $0.value.string != nil
    }
    guard !templates.isEmpty else { return }
    page.section("Chat template", note: "A short conversation as the model reads it:")
    page.preformatted(inspection.conversation ?? "")
    for entry in templates.prefix(20) {
      let name = entry.key.text.dropFirst("tokenizer.".count)
      let text = entry.value.string?.text ?? ""
      page.preformatted(
        String(text.prefix(100_000)),
        under: "\(name), \(NumberFormat.counted(text.split(separator: "\n").count, "line"))")
    }
  }
}
