internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A model or a dataset that a model card names: an id of Hugging Face, an address, or fields.
struct RelatedWork {
  private var fields: [(key: String, value: ByteString)] = []

  private static let order = [
    "name", "author", "version", "organization", "description", "url", "doi", "uuid", "repo_url",
  ]

  /// The works under the first of the keys that is there; nil where none is.
  static func list(_ card: ModelCard, _ keys: [String], _ parameters: Int) -> [RelatedWork]? {
    guard let key = keys.first(where: { card[$0] != nil }) else { return nil }
    return card.list(key).map { RelatedWork($0, parameters) }
  }

  /// A work from an entry of a list.
  init(_ entry: JSONValue, _ parameters: Int) {
    if let object = entry.object {
      for key in Self.order {
        let value = object[ByteString(key)].flatMap { GeneralMetadata.text($0) }
        if let value { fields.append((key, value)) }
      }
      return
    }
    guard let text = entry.text else { return }
    let hosts = ["https://huggingface.co/", "http://huggingface.co/"]
    let isAddress = ["http://", "https://", "ssh://"].contains { text.hasPrefix($0) }
    var id: String? = text
    if isAddress {
      let rest = hosts.first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) }
      id = rest?.split(separator: "/", omittingEmptySubsequences: false).count == 2 ? rest : nil
    }
    var address: String? = isAddress ? text : nil
    if let id {
      let parts = ModelNameParts(id, parameters: parameters)
      add("name", parts.name.map(ModelNameParts.title))
      add("version", parts.version)
      add("organization", parts.organization.map(ModelNameParts.title))
      if address == nil, let owner = parts.organization, let name = parts.name {
        address = "https://huggingface.co/\(owner)/\(name)"
      }
    }
    add("repo_url", address)
  }

  private mutating func add(_ key: String, _ value: String?) {
    if let value { fields.append((key, ByteString(value))) }
  }

  /// Adds a count and the fields of each.
  static func write(_ works: [RelatedWork]?, _ kind: String, to metadata: inout Metadata) {
    guard let works else { return }
    metadata[ByteString("general.\(kind).count")] = .uint32(UInt32(works.count))
    for (index, work) in works.enumerated() {
      for field in work.fields where !field.value.isEmpty {
        metadata[ByteString("general.\(kind).\(index).\(field.key)")] = .string(field.value)
      }
    }
  }
}
