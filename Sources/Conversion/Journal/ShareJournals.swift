internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The journals of all shares of an output.
package struct ShareJournals {
  /// A share as its journal tells of it.
  private struct Entry {
    let share: WorkShare
    let path: String
    let journal: Journal
  }

  /// The output, links followed.
  package let output: String
  private let entries: [Entry]
  /// How many shares there are to be.
  private let count: Int
  private static let limit = 1 << 30

  /// Finds the journals of `path`: an output, or the journal of one of its shares.
  ///
  /// Throws where there are none, where they are of different divisions, and where a share is being
  /// written right now.
  package init(of path: String) throws(ConversionError) {
    let output = OutputPlace.target(of: Self.output(of: path))
    let names: [String]
    do throws(IOError) {
      names = try DirectoryTree.list(OutputPlace.folder(of: output))
    } catch { throw .io(error) }
    let name = output.split(separator: "/").last.map(String.init) ?? output
    let shares = names.compactMap { Self.share($0, of: name) }.sorted {
      ($0.count, $0.index) < ($1.count, $1.index)
    }
    guard let first = shares.first else {
      throw .model(
        ModelError(
          .invalidRequest, output, "it has no shares: there is no \(name).part-1-of-N beside it",
          hint: "write them by --part 1/N, … of quantize or convert"))
    }
    if let other = shares.first(where: { $0.count != first.count }) {
      throw .model(
        ModelError(
          .invalidRequest, output,
          "there are shares of \(first.count) and of \(other.count)",
          hint: "remove the journals (\(name).part-…) of the division that is not meant"))
    }
    self.output = output
    self.count = first.count
    do throws(IOError) {
      entries = try shares.map { share throws(IOError) in
        let path = share.journal(of: output)
        // Only to see that nobody else has it.
        let file = try LockedFile(for: path, at: path, isTemporary: false)
        guard let journal = Journal(bytes: try file.read(limit: Self.limit)) else {
          throw IOError(
            .read, path: path, reason: "it is no whole journal", hint: "write that share again")
        }
        return Entry(share: share, path: path, journal: journal)
      }
    } catch { throw .io(error) }
  }

  /// `out.gguf` of `out.gguf.part-2-of-7`; the path itself where it is not called so.
  private static func output(of path: String) -> String {
    guard let range = path.range(ofLast: ".part-"),
      share(String(path[range.lowerBound...]), of: "") != nil
    else { return path }
    return String(path[..<range.lowerBound])
  }

  /// The share of which a file is the journal; nil for other files.
  private static func share(_ file: String, of name: String) -> WorkShare? {
    let start = name + ".part-"
    guard file.hasPrefix(start) else { return nil }
    let fields = file.dropFirst(start.count).split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 3, fields[1] == "of", let index = Int(fields[0]),
      let count = Int(fields[2])
    else { return nil }
    return WorkShare(index: index - 1, count: count)
  }

  /// The command line that writes the output in one process; throws where shares are missing, not whole,
  /// or of different plans.
  package func command() throws(ConversionError) -> ShareCommand {
    guard let first = entries.first, let command = ShareCommand(first.journal.identity) else {
      throw .model(
        ModelError(.invalidRequest, output, "the journal of its shares names no command"))
    }
    for entry in entries.dropFirst() {
      let own = entry.journal.identity.without(ShareCommand.labels)
      let plan = first.journal.identity.without(ShareCommand.labels)
      guard let difference = plan.difference(from: own) else { continue }
      throw .model(
        ModelError(
          .invalidRequest, output,
          "shares \(first.share.name) and \(entry.share.name) have different plans: "
            + "\(difference.label) '\(difference.own)' and '\(difference.other)'",
          hint: "write the one that is not meant again"))
    }
    let whole = Set(entries.filter(\.journal.isComplete).map(\.share.index))
    let missing = (0..<count).filter { !whole.contains($0) }
    guard missing.isEmpty else {
      let names = missing.prefix(8).map { "\($0 + 1)" }.joined(separator: ", ")
      let more = missing.count > 8 ? " and \(missing.count - 8) more" : ""
      throw .model(
        ModelError(
          .invalidRequest, output,
          "of \(count) shares \(names)\(more) \(missing.count == 1 ? "is" : "are") missing or not whole",
          hint: "run \(command.text(share: "\(missing[0] + 1)/\(count)"))"))
    }
    return command
  }

  /// Makes one journal of all, which a run of the whole takes up.
  package func merge() throws(ConversionError) {
    guard let first = entries.first else { return }
    do throws(IOError) {
      let file = try LockedFile(for: output, isTemporary: false)
      try file.truncate(to: 0)
      try file.append(Journal.head(first.journal.identity.without(ShareCommand.labels)))
      for entry in entries {
        try file.append(entry.journal.records.flatMap(\.line))
      }
      try file.synchronize()
    } catch { throw .io(error) }
  }

  /// Removes the journals, once the output is there.
  package func remove() throws(ConversionError) {
    do throws(IOError) {
      for entry in entries {
        try LockedFile(for: entry.path, at: entry.path, isTemporary: false).remove()
      }
    } catch { throw .io(error) }
  }
}

extension String {
  fileprivate func range(ofLast text: String) -> Range<Index>? {
    var found: Range<Index>?
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      found = range
      rest = self[range.upperBound...]
    }
    return found
  }
}
