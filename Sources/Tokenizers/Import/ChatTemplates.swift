internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The templates that turn a conversation into text.
package struct ChatTemplates {
  private var templates: [(name: String, template: ByteString)] = []

  /// Takes them from files of their own, or else from `tokenizer_config.json`.
  ///
  /// As transformers does (`tokenization_utils_base.py`, `_from_pretrained`), where a file of its own
  /// replaces the key; llama.cpp's converter takes the key, though it may be stale.
  package init(_ files: TokenizerFiles) {
    if let template = files.chatTemplate { templates = [("default", template)] }
    for (name, template) in files.additionalTemplates {
      templates.removeAll { $0.name == name }
      templates.append((name, template))
    }
    // Without tokenizer_config.json llama.cpp looks for none.
    guard templates.isEmpty, let configuration = files.configuration else { return }
    switch configuration["chat_template"] {
    case .string(let template)?: templates = [("default", template)]
    case .array(let entries)?:
      templates = entries.compactMap { entry in
        guard let name = entry["name"]?.text, let template = entry["template"]?.string else {
          return nil
        }
        return (name, template)
      }
    case nil:
      if let template = files.processorTemplate { templates = [("default", template)] }
    case .null?, .bool?, .integer?, .unsigned?, .double?, .object?: break
    }
  }

  /// Adds the entries; the default template last.
  package func write(to metadata: inout Metadata) {
    var names: [ByteString] = []
    for (name, template) in templates where name != "default" && !template.isEmpty {
      let safe = ByteString(
        name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined())
      guard !safe.isEmpty, !names.contains(safe) else { continue }
      names.append(safe)
      metadata["tokenizer.chat_template.\(safe)"] = .string(template)
    }
    if !names.isEmpty { metadata["tokenizer.chat_templates"] = .array(.strings(names)) }
    if let template = templates.first(where: { $0.name == "default" })?.template,
      !template.isEmpty
    {
      metadata["tokenizer.chat_template"] = .string(template)
    }
  }
}
