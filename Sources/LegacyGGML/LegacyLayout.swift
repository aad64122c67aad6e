internal import WeighbridgeByteIO

/// What the files of one program look like: header, vocabulary and names of tensors.
///
/// Data only. Which layout a file has is found by trying: header, vocabulary, tensor records and names
/// must all fit (GGML-4). A new one is a file in `Layouts/` and a line in `all`.
struct LegacyLayout: Sendable {
  /// One field of the header.
  enum Field: Sendable {
    case integer(String)
    case float(String)
    /// A length and that many bytes.
    case text(String)
    /// Two counts and as many floats as their product: whisper's mel filters.
    case matrix(String)
    /// A count, which another field says as well, and as many floats.
    case vector(String, count: String)
    /// As many integers as another field says.
    case integers(String, count: String)
  }

  /// How the vocabulary is stored.
  enum Vocabulary: Sendable {
    case none
    /// `n_vocab` times length and bytes.
    case plain
    /// A count of its own, then as in `plain`.
    case counted
    /// `n_vocab` times length, bytes and a float.
    case scored
    /// As `scored`, then a count and pairs of strings.
    case scoredThenMerges
  }

  /// Tensors that occur once for each layer; `{n}` is the layer.
  struct Layers: Sendable {
    /// The header's field with the number of layers.
    let count: String
    /// Names that every layer has.
    let required: [String]
    /// Names that a layer may have.
    let optional: [String]

    init(_ count: String, _ required: [String], optional: [String] = []) {
      self.count = count
      self.required = required
      self.optional = optional
    }
  }

  /// The architecture's name, as `ggml.architecture` gives it.
  let name: String
  /// Containers that hold it.
  let containers: [LegacyContainer]
  /// The header, in the order of the file.
  let fields: [Field]
  /// The vocabulary behind it.
  let vocabulary: Vocabulary
  /// Names that occur once.
  var required: [String] = []
  /// Names that may occur once.
  var optional: [String] = []
  /// Names of layers.
  var layers: [Layers] = []
  /// Prefixes of further names that belong to the architecture.
  var prefixes: [String] = []
  /// Whether a model may be split into files `x`, `x.1`, `x.2` and so on.
  var maySplit = false
  /// Whether files with a vocabulary and no tensors exist.
  var mayLackTensors = false
  /// What the type ids count.
  var typeIDs = TypeIDs.ggml

  /// What the type ids count.
  enum TypeIDs: Sendable {
    case ggml
    /// rwkv.cpp has a list of its own.
    case rwkv

    /// ggml's id.
    func ggmlType(_ id: UInt32) -> UInt32? {
      switch self {
      case .ggml: id
      case .rwkv: id < 10 ? [0, 1, 2, 3, nil, 4, nil, 6, 7, 8][Int(id)] : nil
      }
    }
  }

  /// The eras in which blocks of such a file may have been written, the likeliest first.
  func eras(_ container: LegacyContainer, fileType: Int) -> [BlockEra] {
    switch (container.kind, container.version) {
    case (.ggjt, 1): [.pairs]
    case (.ggjt, 2): [.wide]
    case (.ggjt, _), (.ggcc, _): [.today, .today64]
    case (.ggmf, 101): [.today, .wide]
    case (.ggmf, _), (.bare, _): [.pairs]
    case (.ggla, _): [.today]
    case (.ggml, _): BlockEra.eras(quantizationVersion: fileType / Self.quantizationFactor)
    }
  }

  /// What a quantization version is multiplied with in the file type.
  static let quantizationFactor = 1000
}

extension LegacyLayout {
  /// Every layout, in the order in which they are tried.
  static let all: [LegacyLayout] =
    llama + [llamaVocabulary, llamaAdapter, rwkv, whisper]
    + gpt2 + gptJ + gptNeoX + mpt + falcon + bloom + [bert, silero, parakeet]
}
