internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeFormats
internal import WeighbridgeGGUF
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What a model's tensors become when they are encoded: how quantized files of it are predicted.
///
/// Packing and unpacking make it from the same files, those of the bundle, so that both compute the same
/// bytes.
struct TensorPredictor: Sendable {
  private let tensors: [ByteString: Tensor]
  private let importance: ImportanceMatrix?
  /// Where the model is in the bundle: a file, or the beginning of the paths of a folder.
  private let model: String
  /// Where the importance matrix is.
  private let importancePath: String?

  /// What other programs round a model to before they quantize it.
  private static let betweens: [Encoding] = [.f16, .bf16]

  /// Opens the model and the importance matrix in a tree of files.
  init(_ tree: any FileTree, model path: String, importance: String?) throws {
    model = path
    importancePath = importance
    let opened = try Self.open(path, in: tree)
    tensors = Dictionary(
      try CanonicalModel.make(opened).tensors.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    self.importance = try importance.map { name in
      let source = try tree.open(name)
      guard GGUF.recognizes(try source.readPrefix(4096), in: source) else {
        return try ImportanceMatrix(legacy: source, path: name)
      }
      return try ImportanceMatrix(Formats.open(name, in: tree), path: name)
    }
  }

  /// The model of a bundle's file or folder.
  static func open(_ path: String, in tree: any FileTree) throws -> Model {
    guard path.isEmpty || path.hasSuffix("/") else {
      return try Formats.open(path, ofRepository: tree)
    }
    return try Formats.open(folder: Subfolder(tree, path))
  }

  /// Whether there is something to encode: matrices of plain numbers.
  var hasNumbers: Bool {
    tensors.values.contains {
      $0.layout.shape.dimensions.count > 1 && [.f32, .f16, .bf16].contains($0.layout.encoding)
    }
  }

  /// The ways to get a tensor of another file; the likeliest first.
  func predictions(of tensor: BundleTensor) -> [BundlePrediction] {
    guard let base = tensors[tensor.name], base.layout.shape.dimensions == tensor.shape,
      let target = Encoding.named(tensor.encoding), target.bytesPerBlock == tensor.blockBytes
    else { return [] }
    let weighs = importance?.values(of: tensor.name) != nil && target.importance != .none
    var result: [BundlePrediction] = []
    for between in [nil] + Self.betweens.map(Optional.some) {
      if let between, between == base.layout.encoding || target == base.layout.encoding { continue }
      for isWeighed in weighs ? [true, false] : [false] {
        var record = JSONObject()
        record["op"] = "encode"
        record["model"] = JSONValue(model)
        record["tensor"] = JSONValue(tensor.name.text)
        record["type"] = JSONValue(target.name)
        if let between { record["between"] = JSONValue(between.name) }
        if isWeighed, let importancePath { record["importance"] = JSONValue(importancePath) }
        guard let source = source(for: .object(record)) else { continue }
        result.append(BundlePrediction(record: .object(record), source: source, width: 0))
      }
    }
    return result
  }

  /// The bytes that a record stands for; nil where there is no such tensor, or it cannot be encoded so.
  func source(for record: JSONValue) -> (any ByteSource)? {
    guard let name = record["tensor"]?.string, var tensor = tensors[name],
      let target = record["type"]?.text.flatMap({ Encoding.named($0) })
    else { return nil }
    if let text = record["between"]?.text {
      guard let between = Encoding.named(text), let payload = encoded(tensor, between, nil) else {
        return nil
      }
      tensor.payload = payload
    }
    let values = record["importance"] == nil ? nil : importance?.values(of: name)
    guard record["importance"] == nil || values != nil,
      let payload = encoded(tensor, target, values)
    else { return nil }
    return PayloadSource(payload, name: model + ": " + name.text)
  }

  private func encoded(
    _ tensor: Tensor, _ target: Encoding, _ values: [Float]?
  ) -> (any TensorPayload)? {
    guard tensor.layout.encoding != target else { return tensor.payload }
    // Such an encoder cannot do without.
    guard values != nil || target.importance != .required else { return nil }
    let importance = values.flatMap {
      TensorImportance($0, columns: tensor.layout.rowLength)
    }
    guard values == nil || importance != nil else { return nil }
    return ReencodedPayload(tensor.payload, to: target, named: tensor.name, importance: importance)
  }
}

/// The files of a tree whose paths begin alike, by what follows.
struct Subfolder: FileTree {
  private let tree: any FileTree
  private let prefix: String
  let names: [String]

  init(_ tree: any FileTree, _ prefix: String) {
    self.tree = tree
    self.prefix = prefix
    names = tree.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  var name: String { prefix.isEmpty ? tree.name : tree.name + "#" + prefix }

  func open(_ name: String) throws(IOError) -> any ByteSource { try tree.open(prefix + name) }
}

/// Files that will be in a bundle, under their paths there.
struct InputTree: FileTree {
  let name: String
  private let sources: [String: any ByteSource]

  init(_ inputs: [BundleInput], name: String) {
    self.name = name
    sources = Dictionary(
      inputs.map { ($0.path, $0.source) }, uniquingKeysWith: { first, _ in first })
  }

  var names: [String] { sources.keys.sorted { ByteString($0) < ByteString($1) } }

  func open(_ name: String) throws(IOError) -> any ByteSource {
    guard let source = sources[name] else {
      throw IOError(.open, path: self.name + "#" + name, reason: "there is no such file")
    }
    return source
  }
}
