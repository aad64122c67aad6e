import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What `--tokenizer` shows: kind, size, special tokens, chat template.
extension Inspection {
  func tokenizer(_ terminal: Terminal) -> String {
    // A checkpoint's tokenizer lies in files of its own; as GGUF's metadata it reads the same.
    guard model.metadata["tokenizer.ggml.tokens"] != nil else {
      let canonical: Model
      do { canonical = try ModelInput.openCanonical(path).0 } catch {
        return TextStyle.dim.apply("TOKENIZER", on: terminal) + "\nnot readable: \(error)\n"
      }
      guard canonical.metadata["tokenizer.ggml.tokens"] != nil else { return "no tokenizer\n" }
      return Inspection(canonical, path: path).tokenizer(terminal)
    }
    let json = tokenizerJSON
    var facts = [
      ("kind", "\(json["name"]?.text ?? "") (\(json["kind"]?.text ?? ""))"),
      ("tokens", NumberFormat.grouped(json["tokens"]?.integer ?? 0)),
    ]
    if let pre = json["pre"]?.text { facts.append(("splits words", pre)) }
    for (label, key) in [
      ("adds begin", "add_bos_token"), ("adds end", "add_eos_token"),
      ("adds a space", "add_space_prefix"),
    ] {
      guard case .bool(let flag)? = model.metadata["tokenizer.ggml.\(key)"] else { continue }
      facts.append((label, flag ? "yes" : "no"))
    }
    var text =
      TextStyle.dim.apply("TOKENIZER", on: terminal) + "\n" + Facts(facts).text(for: terminal)
    var table = Table([.text("SPECIAL"), .number("ID"), .text("TOKEN", flexible: true)])
    for token in json["special"]?.array ?? [] {
      table.add([
        token["role"]?.text ?? "", "\(token["id"]?.integer ?? 0)", token["text"]?.text ?? "",
      ])
    }
    if table.rowCount > 0 { text += "\n" + table.text(for: terminal) }
    return text + templates(terminal)
  }

  /// The chat templates as they are, line by line.
  private func templates(_ terminal: Terminal) -> String {
    let prefix: ByteString = "tokenizer.chat_template"
    return model.metadata.entries.filter { $0.key.hasPrefix(prefix) }.reduce("") { text, entry in
      guard let template = entry.value.string else { return text }
      let name = entry.key.text.dropFirst("tokenizer.".count)
      let lines = template.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { "  " + String($0).displayed() + "\n" }
      return text + "\n" + TextStyle.dim.apply(name.uppercased(), on: terminal) + "\n"
        + lines.joined()
    }
  }
}
