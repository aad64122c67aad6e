internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

/// Meta's checkpoints for several devices: `consolidated.00.pth`, `.01.pth` and so on, each with a
/// piece of every matrix (PT-60 to PT-63).
enum ConsolidatedParts {
  /// How the pieces of a tensor become one.
  enum Joint {
    /// Every part has the whole.
    case same
    /// Pieces are rows.
    case rows
    /// Pieces are columns: each part has a piece of every row.
    case columns
  }

  /// The names of all parts, where `file` is one of a set whose members are there; else only `file`.
  static func names(
    of file: String, in tree: any FileTree, limit: Int
  ) throws(FormatError) -> [String] {
    guard file.hasPrefix("consolidated."), file.hasSuffix(".pth") else { return [file] }
    let number = file.dropFirst("consolidated.".count).dropLast(".pth".count)
    guard number.utf8.count == 2, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return [file]
    }
    var names: [String] = []
    while names.count < min(limit, 100) {
      let name = "consolidated.\(names.count < 10 ? "0" : "")\(names.count).pth"
      guard try tree.openIfPresent(name) != nil else { break }
      names.append(name)
    }
    return names.contains(file) ? names : [file]
  }

  /// How the pieces of the tensor `name` are joined; nil where the name is not known.
  ///
  /// `width` is the model's width, the length of its norms.
  static func joint(_ name: ByteString, _ dimensions: [Int], width: Int?) -> Joint? {
    let parts = name.bytes.split(separator: UInt8(ascii: "."))
    guard parts.count >= 2, let module = ByteString(validating: parts[parts.count - 2]) else {
      return nil
    }
    switch module {
    case "wq", "wk", "wv", "w1", "w3", "output": return .rows
    case "wo", "w2": return dimensions.count == 2 ? .columns : .same
    case "tok_embeddings":
      // Llama 1 and 2 split the width, Llama 3 the vocabulary.
      return dimensions.last == width ? .rows : .columns
    case "norm", "attention_norm", "ffn_norm", "rope": return .same
    default: return nil
    }
  }
}

extension ByteString {
  fileprivate init?(validating bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return nil }
    self.init(Array(bytes))
  }
}

extension TorchArchives {
  /// Opens a set of parts as one model.
  static func openParts(
    _ names: [String], in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    var archives: [TorchFile] = []
    for (number, name) in names.enumerated() {
      let (source, prefix) = try source(name, in: tree)
      archives.append(try open(source, prefix, number: number, limits: limits))
    }
    guard let first = archives.first else { preconditionFailure("a set of parts has one") }
    let tables = archives.map { archive in
      Dictionary(archive.tensors.map { ($0.name, $0) }) { old, _ in old }
    }
    for (archive, table) in zip(archives, tables) where table.count != tables[0].count {
      throw FormatError(
        .invalidValue, "\(table.count) tensors, and \(tables[0].count) in the first part",
        in: archive.source.name)
    }
    let width = tables[0]["norm.weight"]?.layout.shape.dimensions.first
    var model = Model(
      origin: ModelOrigin(
        format: name, kind: .tensors, version: first.version, byteOrder: first.byteOrder,
        files: archives.map(\.originFile)),
      problems: archives.flatMap(\.problems))
    for tensor in first.tensors {
      var pieces: [any TensorPayload] = []
      for (archive, table) in zip(archives, tables) {
        guard let piece = table[tensor.name] else {
          throw FormatError(
            .invalidValue, "tensor '\(tensor.name.text)' is in the first part and not here",
            in: archive.source.name)
        }
        pieces.append(piece.payload)
      }
      model.tensors.append(try join(tensor, pieces, width: width, in: first.source.name))
    }
    return model
  }

  private static func join(
    _ tensor: Tensor, _ pieces: [any TensorPayload], width: Int?, in source: String
  ) throws(FormatError) -> Tensor {
    let dimensions = tensor.layout.shape.dimensions
    func fault(_ message: String) -> FormatError {
      FormatError(.invalidValue, "tensor '\(tensor.name.text)': \(message)", in: source)
    }
    guard let joint = ConsolidatedParts.joint(tensor.name, dimensions, width: width) else {
      throw FormatError(
        .unsupportedEncoding,
        "tensor '\(tensor.name.text)' is in \(pieces.count) parts, and how "
          + "to join them is not known", in: source)
    }
    switch joint {
    case .same:
      guard pieces.allSatisfy({ $0.layout == tensor.layout }) else {
        throw fault("the parts have different shapes of what they should share")
      }
      return tensor
    case .rows, .columns:
      guard let payload = JoinedPayload(pieces, along: joint == .columns ? .columns : .rows) else {
        throw fault("the pieces' shapes \(pieces.map(\.layout.shape)) do not fit together")
      }
      return Tensor(name: tensor.name, payload: payload)
    }
  }
}
