internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension JournaledOutput {
  /// What a run begins with.
  struct Start {
    var works: [WorkFile?] = []
    var candidates: [JournalRecord] = []
    var beginning = Beginning.anew
  }

  /// Decides what becomes of what was found, and opens the work files.
  static func begin(
    _ file: LockedFile, path: String, _ parts: [Part], _ identity: PlanIdentity, resumes: Bool,
    replaces: Bool
  ) throws(ConversionError) -> Start {
    do {
      let journal = try Journal(file)
      let refusal = journal?.refusal(of: identity, output: path)
      if resumes, let refusal { throw ConversionError.model(refusal) }
      // What is whole only lacks its names: that is the quickest way to what was asked for.
      let isWhole = journal?.isComplete == true
      let hasWork = isWhole || journal?.records.isEmpty == false
      let isTakenUp = refusal == nil && (resumes || isWhole || (!replaces && hasWork))
      let found = isTakenUp ? journal : nil
      let published = parts.map { found?.isComplete == true && isPublished($0) }
      var places: [OutputPlace?] = []
      for (part, isPublished) in zip(parts, published) {
        places.append(isPublished ? nil : try OutputPlace(part.path, replacing: replaces))
      }
      var start = Start()
      if found == nil, let journal { start.beginning = try discard(journal, file, path, replaces) }
      let open = zip(parts, places).compactMap { part, place in place.map { ($0, part.byteCount) } }
      try WorkFile.checkRoom(for: open, keeps: found != nil)
      for (part, place) in zip(parts, places) {
        guard let place else {
          start.works.append(nil)
          continue
        }
        start.works.append(
          try WorkFile(
            for: place, byteCount: part.byteCount, keeps: found != nil,
            isTemporary: !resumes && found == nil))
      }
      try file.truncate(to: found?.validBytes ?? 0)
      if found == nil { try file.append(Journal.head(identity)) }
      let isThere = start.works.map { $0?.isFound ?? true }
      start.candidates = (found?.records ?? []).filter {
        parts.indices.contains($0.part) && isThere[$0.part]
      }
      if !start.candidates.isEmpty || found?.isComplete == true { start.beginning = .takenUp }
      return start
    } catch let error as IOError {
      throw .io(error)
    } catch let error as ConversionError {
      throw error
    } catch { preconditionFailure("no other errors are thrown") }
  }

  /// Does away with the work of another plan, and says how much it was.
  ///
  /// Files that were whole get their names first: they are nobody's to throw away.
  private static func discard(
    _ journal: Journal, _ file: LockedFile, _ path: String, _ replaces: Bool
  ) throws(IOError) -> Beginning {
    let base = OutputPlace.target(of: path)
    let folder = base.lastIndex(of: "/").map { String(base[...$0]) } ?? ""
    try Leftovers.settle(file, in: folder, replacing: replaces)
    let bytes = journal.records.reduce(UInt64(0)) { $0 &+ UInt64($1.chunk.byteCount) }
    return journal.isComplete || bytes == 0 ? .anew : .discarded(bytes)
  }

  /// Whether an earlier run got as far as giving this part its name.
  private static func isPublished(_ part: Part) -> Bool {
    guard let output = FileIdentity(path: part.path), output.byteCount == part.byteCount else {
      return false
    }
    let work = FileIdentity(path: WorkFile.name(for: OutputPlace.target(of: part.path)))
    return work == nil || work?.place == output.place
  }
}
