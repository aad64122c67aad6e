internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The configuration and the tokenizer of a checkpoint as its own files say them, carried in metadata.
///
/// `weighbridge.kept.file.N.name` and `.data` have a file each. GGUF's own keys say less: what a
/// tokenizer does to a text before its tokens, and settings that no key is for.
enum KeptFiles {
  /// Everything that is kept, tensors as well.
  static let all: ByteString = "weighbridge.kept."
  private static let prefix = "weighbridge.kept.file."
  private static let templates = "additional_chat_templates/"

  private static let names: Set<String> = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "encoder.json", "merges.txt",
    "vocab.bpe", "vocab.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
    "chat_template.jinja", "chat_template.json",
  ]

  /// Whether a file is one of those; names from a file of unknown origin are checked by it, too.
  private static func isKept(_ name: String) -> Bool {
    if names.contains(name) { return true }
    let isInside = name.hasPrefix(templates)
    let own = isInside ? String(name.dropFirst(templates.count)) : name
    return own.hasSuffix(isInside ? ".jinja" : ".tiktoken") && !own.hasPrefix(".")
      && !own.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 }
  }

  /// Adds the files of a folder to the metadata of a model.
  ///
  /// A folder without `config.json` is of another make, whose names the way back does not use.
  static func write(_ files: CheckpointFiles, to metadata: inout Metadata) throws(ConversionError) {
    guard files.contains("config.json") else { return }
    var index = 0
    for name in files.names where isKept(name) {
      let bytes: [UInt8]?
      do { bytes = try files.bytes(name) } catch { throw ConversionError(error) }
      guard let bytes else { continue }
      metadata[ByteString("\(prefix)\(index).name")] = .string(ByteString(name))
      metadata[ByteString("\(prefix)\(index).data")] = .array(.uint8(bytes))
      index += 1
    }
  }

  /// The files that the metadata of a model has kept; none where there are none.
  ///
  /// `config.json` says the encoding that is written, nothing of codes that are no more, and `settings`.
  static func restored(
    from metadata: Metadata, encoding: Encoding,
    _ settings: [(key: ByteString, value: JSONValue)] = []
  ) throws(ModelError) -> [(name: String, bytes: [UInt8])] {
    var files: [(name: String, bytes: [UInt8])] = []
    while let name = metadata[ByteString("\(prefix)\(files.count).name")]?.string {
      let key = "\(prefix)\(files.count).data"
      guard isKept(name.text), !files.contains(where: { $0.name == name.text }),
        let bytes = metadata[ByteString(key)]?.array?.uint8s
      else {
        throw ModelError(.invalidMetadata, key, "'\(name)' is no file of a checkpoint")
      }
      let isConfiguration = name == "config.json"
      files.append(
        (name.text, isConfiguration ? configuration(bytes, encoding, settings) : bytes))
    }
    return files
  }

  private static func configuration(
    _ bytes: [UInt8], _ encoding: Encoding, _ settings: [(key: ByteString, value: JSONValue)]
  ) -> [UInt8] {
    guard
      let document = try? JSONValue.parse(bytes, depth: 64, allowsPythonNumbers: true),
      var object = document.object
    else { return bytes }
    let type = ConfigurationDocument.dtype(encoding)
    let keys: [ByteString] = ["dtype", "torch_dtype"].filter { object[$0] != nil }
    let isAsItWas =
      settings.isEmpty && object["quantization_config"] == nil
      && keys.allSatisfy { object[$0]?.text == type }
    guard !isAsItWas else { return bytes }
    for key: ByteString in ["quantization_config", "compression_config", "quantization"] {
      object[key] = nil
    }
    for key in keys { object[key] = JSONValue(type) }
    return Array((JSONValue.object(object).adding(settings).text() + "\n").utf8)
  }

  /// Takes out what no longer describes a model: everything, or the files.
  static func remove(tensors: Bool, from metadata: inout Metadata) {
    let stale = metadata.entries.map(\.key).filter {
      $0.hasPrefix(tensors ? all : ByteString(prefix))
    }
    for key in stale { metadata[key] = nil }
  }
}
