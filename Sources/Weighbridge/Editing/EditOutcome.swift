internal import WeighbridgeByteIO
package import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What an edit did, or would do.
package struct EditOutcome: Sendable {
  /// A file that it wrote, or would write.
  package struct File: Hashable, Sendable {
    package let path: String
    /// Its size.
    package let byteCount: UInt64
    /// How many bytes were written into it, marks and padding included.
    package let written: UInt64
  }

  package var changes: [ModelEdit.Change] = []
  package var files: [File] = []
  /// Bytes that a later edit in place can use.
  package var room: Int?

  /// The changes in words, one each.
  package var lines: [String] {
    changes.map { change in
      switch change.kind {
      case .renamed: "renamed \(change.subject) to \(change.name?.text ?? "")"
      case .removed: "removed \(change.subject)"
      case .added: "added   \(change.subject) = \(Self.shown(change.new))"
      case .set:
        "set     \(change.subject) = \(Self.shown(change.new)), was \(Self.shown(change.old))"
      }
    }
  }

  /// The document of `--json`.
  package func json(dryRun: Bool) -> JSONValue {
    var document = JSONObject()
    document["schema"] = "weighbridge.edit/1"
    document["dryRun"] = .bool(dryRun)
    document["changes"] = .array(
      changes.map { change in
        var object = JSONObject()
        object["kind"] = JSONValue(change.kind.rawValue)
        object["key"] = .string(change.subject)
        if let name = change.name { object["name"] = .string(name) }
        if let old = change.old { object["old"] = JSONValue(Self.shown(old)) }
        if let new = change.new { object["new"] = JSONValue(Self.shown(new)) }
        return .object(object)
      })
    document["files"] = .array(
      files.map { file in
        [
          "path": JSONValue(file.path), "bytes": JSONValue(file.byteCount),
          "written": JSONValue(file.written),
        ]
      })
    if let room { document["room"] = JSONValue(room) }
    return .object(document)
  }

  /// A value in one short line.
  private static func shown(_ value: MetadataValue?) -> String {
    guard let value else { return "nothing" }
    if let text = value.string {
      let line = text.text.split(whereSeparator: \.isNewline).joined(separator: "⏎")
      return line.count > 60
        ? "'\(line.prefix(56))…' (\(text.count) bytes)" : "'\(line)'"
    }
    if let array = value.array { return "\(array.count) values, \(value.typeName.lowercased())" }
    var text = ""
    value.writeJSON { text += String(decoding: $0, as: UTF8.self) }
    return text
  }
}
