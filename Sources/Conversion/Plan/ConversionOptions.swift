package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// What a conversion is asked to do.
package struct ConversionOptions: Sendable {
  /// Rules that a user has written; they count before those of `recipe`, after those given here.
  package var userRecipe: UserRecipe?
  /// Whether tensors keep the order and the parts of a split GGUF.
  package var keepsSplit = false
  /// The mix of encodings; nil keeps a checkpoint's precision (BF16 stays BF16, all else is F16) and
  /// every encoding of other models.
  package var recipe: Recipe?
  /// Whether plain types and Q8_0 of a checkpoint follow llama.cpp's converter (`convert`) or its
  /// quantizer (`quantize`): they differ in the order of tensors and in what Q8_0 is used for.
  package var followsConverter = true
  /// The checkpoint that an adapter was trained on.
  package var base: (any FileTree)?
  /// How a checkpoint's metadata is made.
  package var canonical = CanonicalOptions()
  /// Weights of importance.
  package var importance: ImportanceMatrix?
  /// Encodings for tensors whose names match; the first match counts.
  package var tensorTypes: [TensorTypeRule] = []
  /// The encoding of `output.weight`.
  package var outputType: Encoding?
  /// The encoding of token embeddings.
  package var embeddingType: Encoding?
  /// Whether rows that do not hold whole blocks are an error, instead of another encoding.
  package var refusesFallback = false
  /// Whether columns weigh alike where an importance matrix has only zeros for them.
  package var neutralizesZeros = false
  /// Whether all tensors get the recipe's base encoding.
  package var isPure = false
  /// Whether `output.weight` stays as it is.
  package var leavesOutput = false
  /// Whether tensors that are in blocks already may be encoded again.
  package var allowsRequantizing = false
  /// Whether numbers beyond F16 become its largest instead of an error.
  package var clamps = false
  /// Whether blocks that llama.cpp's encoders get wrong are encoded right, instead of as there.
  package var amendsEncoders = false
  /// What was met of such blocks, once everything is written.
  package let misencoded = MisencodedReport()
  /// Whether only the plan is wanted: weights of importance that would be needed are a note instead of
  /// an error.
  package var isDryRun = false
  /// Whether tensors that no rule names keep their encodings (`--type COPY`).
  package var keepsTypes = false
  /// Layers to leave out.
  package var prunedLayers: Set<Int> = []
  /// Metadata to set.
  package var overrides: [MetadataOverride] = []

  /// Follows a recipe that a user has written.
  package mutating func adopt(_ recipe: UserRecipe) {
    self.recipe = recipe.recipe
    userRecipe = recipe
  }

  /// A conversion that keeps the precision, or follows a recipe.
  package init(recipe: Recipe? = nil) { self.recipe = recipe }
}

extension ConversionOptions {
  /// Whether something is asked for that only the quantizer does, tensor by tensor.
  var hasRules: Bool {
    !tensorTypes.isEmpty || outputType != nil || embeddingType != nil || isPure || leavesOutput
      || !prunedLayers.isEmpty
  }

  /// Throws where something is asked for that has no meaning for `thing`.
  package func refuseRules(of thing: String) throws(ModelError) {
    let asked: [(String, Bool)] = [
      ("--tensor-type", !tensorTypes.isEmpty), ("--output-type", outputType != nil),
      ("--embedding-type", embeddingType != nil), ("--pure", isPure),
      ("--leave-output", leavesOutput), ("--prune-layers", !prunedLayers.isEmpty),
      ("--importance", importance != nil),
    ]
    guard let option = asked.first(where: \.1)?.0 else { return }
    throw ModelError(.invalidRequest, option, "it has no meaning for \(thing)")
  }
}

/// `REGEX=TYPE`: an encoding for the tensors whose names match.
package struct TensorTypeRule: Hashable, Sendable {
  /// A regular expression, found anywhere in the name, in any case.
  package let pattern: String
  package let encoding: Encoding

  /// Parses an argument of the command line.
  package init(_ argument: String) throws(ModelError) {
    guard let equals = argument.lastIndex(of: "="), equals != argument.startIndex else {
      throw ModelError(
        .invalidRequest, argument, "'REGEX=TYPE' is expected", hint: "for example attn_v=Q8_0")
    }
    self.pattern = String(argument[..<equals])
    self.encoding = try Self.encoding(String(argument[argument.index(after: equals)...]))
    _ = try regex()
  }

  /// Names the encoding of tensors whose names match.
  package init(pattern: String, encoding: Encoding) throws(ModelError) {
    self.pattern = pattern
    self.encoding = encoding
    _ = try regex()
  }

  /// The encoding of that name that GGUF can be written in; an error for any other name.
  package static func encoding(_ name: String) throws(ModelError) -> Encoding {
    guard let encoding = Encoding.meant(by: name), Encoding.writable.contains(encoding) else {
      let names = Encoding.writable.map(\.name)
      let nearest = Nearest.to(name, among: names).map { "did you mean \($0)? " } ?? ""
      throw ModelError(
        .invalidRequest, name, "there is no such encoding to write",
        hint: nearest + "encodings: " + names.joined(separator: ", "))
    }
    return encoding
  }

  func regex() throws(ModelError) -> Regex<AnyRegexOutput> {
    do { return try Regex(pattern).ignoresCase() } catch {
      throw ModelError(.invalidRequest, pattern, "this is not a regular expression")
    }
  }
}
