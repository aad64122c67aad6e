internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A model that was written in several files `x`, `x.1`, `x.2`, …, each with header, vocabulary and a
/// part of every matrix (GGML-15).
struct LegacyParts {
  let files: [LegacyFile]

  /// How many parts the file is one of, by the width of the embeddings against the header's.
  static func count(_ file: LegacyFile) -> Int {
    guard file.header.layout.maySplit, let width = file.header.integer("n_embd"),
      let embeddings = file.table.records.first(where: { $0.name == "tok_embeddings.weight" })
    else { return 1 }
    let own = embeddings.layout.rowLength
    return own > 0 && own < width && width % own == 0 ? width / own : 1
  }

  /// Opens the other parts of `first`, which is the file of that name or any other part.
  init(
    _ first: LegacyFile, named name: String, count: Int, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) {
    guard count <= min(limits.files, 64) else {
      throw FormatError(
        .limitExceeded, "a model of \(count) parts; at most \(min(limits.files, 64)) are allowed",
        in: first.source.name)
    }
    let (base, own) = Self.place(of: name, among: count)
    var files: [LegacyFile] = []
    for index in 0..<count {
      if index == own {
        files.append(first)
        continue
      }
      let part = index == 0 ? base : "\(base).\(index)"
      let source: any ByteSource
      do { source = try tree.open(part) } catch {
        throw FormatError(
          .missingFile,
          "part \(index + 1) of \(count), '\(part)', cannot be opened: \(error.reason)",
          in: first.source.name, hint: "the parts of a model belong into one folder")
      }
      let file = try LegacyFile(source, limits: limits)
      try Self.check(file, matches: first)
      files.append(file)
    }
    self.files = files
  }

  /// Name of the first part, and which part `name` is.
  private static func place(of name: String, among count: Int) -> (base: String, index: Int) {
    guard let dot = name.lastIndex(of: "."), let index = Int(name[name.index(after: dot)...]),
      (1..<count).contains(index)
    else { return (name, 0) }
    return (String(name[..<dot]), index)
  }

  private static func check(
    _ part: LegacyFile, matches first: LegacyFile
  ) throws(FormatError) {
    guard part.header.entries == first.header.entries,
      part.header.container == first.header.container,
      part.header.tokens == first.header.tokens, part.table.era == first.table.era
    else {
      throw FormatError(
        .invalidValue, "header or vocabulary differ from those of \(first.source.name)",
        in: part.source.name)
    }
    guard
      part.table.records.elementsEqual(
        first.table.records, by: { $0.name == $1.name && $0.layout == $1.layout })
    else {
      throw FormatError(
        .invalidValue, "the tensors differ from those of \(first.source.name)",
        in: part.source.name)
    }
  }

  /// Matrices that are split between columns; all others are between rows, and vectors whole.
  private static let columnSplit = [
    "tok_embeddings.weight", ".attention.wo.weight", ".feed_forward.w2.weight",
  ]

  /// The tensors, joined.
  func tensors() throws(FormatError) -> [Tensor] {
    var tensors: [Tensor] = []
    for (index, record) in files[0].table.records.enumerated() {
      let payloads = try files.map { (file) throws(FormatError) -> any TensorPayload in
        try file.payload(index)
      }
      if record.layout.shape.dimensions.count < 2 {
        tensors.append(
          Tensor(
            name: record.name, payload: payloads[0],
            location: TensorLocation(file: 0, offset: record.extent.offset)))
        continue
      }
      let isColumns = Self.columnSplit.contains { record.name.hasSuffix(ByteString($0)) }
      guard let joined = JoinedPayload(payloads, along: isColumns ? .columns : .rows) else {
        throw FormatError(
          .invalidValue, "the parts of tensor '\(record.name)' do not fit together",
          in: files[0].source.name, at: record.extent.offset)
      }
      tensors.append(Tensor(name: record.name, payload: joined))
    }
    return tensors
  }
}

extension LegacyFile {
  /// The bytes of a record as they lie in the file.
  func payload(_ index: Int) throws(FormatError) -> any TensorPayload {
    let record = table.records[index]
    guard let payload = SourcePayload(record.layout, in: source, record.extent) else {
      preconditionFailure("a record whose extent is not its size")
    }
    if table.era == .planes, let ordered = PlanarPayload(payload) { return ordered }
    return payload
  }
}
