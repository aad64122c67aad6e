/// What a dead run left of an output: finished where its files were whole, removed otherwise.
package struct Leftovers: Sendable {
  /// The line that says that all files are whole.
  package static let completion = "complete"
  /// The label of the lines that name the files of the output.
  package static let label = "output"
  private static let limit = 1 << 30

  /// The files of the output, relative to its folder.
  package let outputs: [String]
  /// Whether all of them were whole, and some may have got their names.
  package let isComplete: Bool

  /// Reads the journal that a run has left (Specs/journal.md); nil where it says nothing.
  package init?(_ journal: LockedFile) throws(IOError) {
    let bytes = try journal.read(limit: Self.limit)
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let first = lines.first, first.starts(with: LockedFile.signature.utf8),
      let end = lines.firstIndex(where: { $0.isEmpty }), end + 1 < lines.endIndex
    else { return nil }
    let prefix = Self.label + ": "
    outputs = lines[..<end].filter { $0.starts(with: prefix.utf8) }.compactMap { line in
      Self.name(String(decoding: line.dropFirst(prefix.utf8.count), as: UTF8.self))
    }
    isComplete = lines[end...].dropLast().contains { $0.elementsEqual(Self.completion.utf8) }
  }

  /// The name in `NAME, SIZE bytes, DIGEST`; nil where it would leave the folder.
  private static func name(_ value: String) -> String? {
    let fields = value.split(separator: ", ", omittingEmptySubsequences: false)
    guard fields.count >= 3 else { return nil }
    let name = fields.dropLast(2).joined(separator: ", ")
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.contains { $0.isEmpty || $0 == ".." || $0 == "." } ? nil : name
  }

  /// A journal of its own for files that are whole: only the names are said.
  package static func head(outputs: [String]) -> [UInt8] {
    let lines = outputs.map { name in
      "\(label): \(String(name.map { $0.isNewline ? "\u{FFFD}" : $0 })), 0 bytes, -\n"
    }
    return Array("\(LockedFile.signature)1\n\(lines.joined())\n\(completion)\n".utf8)
  }

  /// Finishes what was whole and removes what was not; the journal is empty then.
  ///
  /// Returns whether files are at their places now that the dead run had finished.
  @discardableResult
  package static func settle(
    _ journal: LockedFile, in folder: String, replacing: Bool
  ) throws(IOError) -> Bool {
    guard journal.isFound, let found = try Leftovers(journal) else { return false }
    // Where a link was the output, the files lie beside what it leads to.
    let paths = found.outputs.map { OutputPlace.target(of: folder + $0) }
    var isDone = false
    if found.isComplete {
      var staged: [StagedOutput] = []
      for path in paths {
        let hidden = WorkFile.name(for: path)
        guard let work = FileIdentity(path: hidden) else { continue }
        if work.place == FileIdentity(path: path)?.place { continue }
        staged.append(
          StagedOutput(hidden: hidden, place: try OutputPlace(path, replacing: replacing)))
      }
      try Publication.publish(staged)
      isDone = true
    }
    for path in paths { WorkFile.remove(for: path) }
    try journal.truncate(to: 0)
    return isDone
  }
}
