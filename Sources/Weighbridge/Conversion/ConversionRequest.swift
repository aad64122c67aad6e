/// What a conversion or a quantization is asked to do: every option of the commands `convert` and
/// `quantize`, as values.
///
///     var request = ConversionRequest(type: "Q4_K_M", style: .quantizer)
///     request.tensorTypes = ["attn_v=Q8_0"]
///     let conversion = try OpenedModel("checkpoint/").plan(request, to: "model.gguf")
public struct ConversionRequest: Sendable {
  /// Whose rules count where llama.cpp's two programs differ for the same type.
  public enum Style: String, Hashable, Sendable, CaseIterable {
    /// `convert_hf_to_gguf.py`: tensors keep the order of the checkpoint.
    case converter
    /// `llama-quantize`: tensors are sorted by layer.
    case quantizer
  }

  /// A recipe, a type, or the path of a YAML file with a recipe; nil keeps the precision of a
  /// checkpoint (BF16 stays BF16, all else becomes F16) and every encoding of other models.
  public var type: String?
  /// Whose rules count.
  public var style: Style

  // MARK: Encodings, tensor by tensor

  /// The path of an importance matrix.
  public var importance: String?
  /// Texts, one of which a tensor's name must hold to be weighed by the importance matrix; empty for any.
  public var includedWeights: [String] = []
  /// Texts that the name of a tensor must not hold to be weighed.
  public var excludedWeights: [String] = []
  /// Whether columns weigh alike where the importance matrix has only zeros for a matrix.
  public var neutralizesZeros = false
  /// Whether rows that do not hold whole blocks are an error, instead of another encoding.
  public var refusesFallback = false
  /// `REGEX=TYPE`: encodings for tensors whose names match; the first match counts.
  public var tensorTypes: [String] = []
  /// The path of a file with rules `REGEX=TYPE`, apart by spaces or lines.
  public var tensorTypeFile: String?
  /// The encoding of `output.weight`.
  public var outputType: String?
  /// The encoding of the token embeddings.
  public var embeddingType: String?
  /// Whether every matrix gets the recipe's base encoding.
  public var isPure = false
  /// Whether `output.weight` stays as it is.
  public var leavesOutput = false
  /// Layers to leave out.
  public var prunedLayers: Set<Int> = []
  /// Whether tensors that are in blocks already may be encoded again, which loses precision twice.
  public var allowsRequantizing = false
  /// Whether values outside F16's range are clamped and NaN becomes 0, instead of an error.
  public var clamps = false
  /// Whether blocks that llama.cpp's encoders get wrong are encoded right.
  public var amendsEncoders = false
  /// What blocks are chosen by, instead of by the weights alone; nil for llama.cpp's own bytes.
  public var calibration: Calibration?

  // MARK: The source

  /// Low-rank adapters that are added to the checkpoint first: `FOLDER` or `FOLDER:SCALE`.
  public var mergedAdapters: [String] = []
  /// The checkpoint that an adapter was trained on, where the source is an adapter.
  public var base: String?
  /// The path of a name map: names and keys of an architecture that is not known here.
  public var map: String?
  /// What a file older than GGUF does not say.
  public var legacy = LegacyHints()
  /// Keys of `config.json` that may go without what they ask for, where GGUF cannot hold it.
  public var acceptedKeys: Set<String> = []

  /// The class or family that a checkpoint is read as, whatever its configuration names.
  public var familyName: String?
  /// Which part of a checkpoint is converted.
  public var part = CheckpointPart.text
  /// Where what sees or hears for the text model goes, in the same run; nil leaves it out.
  ///
  /// It has the type of the text model where that is F32, F16, BF16 or Q8_0, else its own precision.
  public var projectorOutput: String?

  // MARK: Metadata

  /// `general.*`, over what the model card says; keys without `general.`.
  public var general: [GeneralField] = []
  /// The path of a JSON object of `general.*` keys.
  public var metadata: String?
  /// `KEY=TYPE:VALUE`: metadata that are set whatever the model says.
  public var overrides: [String] = []
  /// `tokenizer.ggml.pre`, instead of what the tokenizer shows.
  public var preTokenizer: String?
  /// Whether tensors are left out.
  public var isVocabularyOnly = false
  /// Whether what GGUF has no exact place for is carried in the metadata, for round-tripping.
  public var isReversible = false

  // MARK: The files

  /// How the output is split.
  public var split = OutputSplit.none
  /// Tensors begin at multiples of this many bytes, a power of two; nil for 32.
  public var alignment: UInt32?
  /// Whether numbers are written in big-endian order.
  public var isBigEndian = false
  /// Whether the work of an interrupted run is taken up, and kept if this one is interrupted.
  public var resumes = false
  /// What is measured of the cost while writing.
  public var costs = CostDetail.none
  /// Whether existing files are replaced; inputs never are.
  public var replaces = false
  /// Whether only the plan is wanted: a missing importance matrix is then a warning.
  public var isPlanOnly = false

  /// Asks for a type, or for what the source has.
  public init(type: String? = nil, style: Style = .converter) {
    self.type = type
    self.style = style
  }
}

/// A part of a checkpoint that is a file of its own in GGUF.
public enum CheckpointPart: String, Hashable, Sendable, CaseIterable {
  /// The text model.
  case text
  /// What sees or hears for the text model: encoders and the projection into its embeddings.
  case projector
}

/// A field of `general.*`.
public struct GeneralField: Hashable, Sendable {
  /// Its key without `general.`: `name`, `license.link`.
  public let key: String
  /// Its text, or the elements of its list.
  public let values: [String]
  /// Whether it is a list: `tags`, `languages`.
  public let isList: Bool

  /// A field with one text.
  public init(_ key: String, _ value: String) {
    (self.key, values, isList) = (key, [value], false)
  }

  /// A field with a list.
  public init(_ key: String, list values: [String]) {
    (self.key, self.values, isList) = (key, values, true)
  }
}

/// How an output is split into parts.
public enum OutputSplit: Hashable, Sendable {
  /// One file.
  case none
  /// Parts of at most so many bytes of tensors, and at most so many tensors; nil for no limit.
  case limited(bytes: UInt64?, tensors: Int?)
  /// The parts of the source, a split GGUF.
  case mirrored
}

/// How much of the cost of encoding is measured while writing.
public enum CostDetail: String, Hashable, Sendable, CaseIterable {
  /// Nothing.
  case none
  /// A sample of evenly spaced rows.
  case sampled
  /// Every row.
  case complete
}
