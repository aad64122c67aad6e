internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Applies a recipe to the tensors of a model, one after another in the order of the output.
///
/// The order matters: some rules count the tensors before. The rules are those of llama-quant.cpp:
/// `llama_tensor_get_type` decides who is asked, `llama_tensor_get_type_impl` holds the mixes. There
/// they are one function of conditions over file types; here each recipe has its own, and what all
/// share stands below.
struct RecipeSelector {
  let recipe: Recipe
  let options: ConversionOptions
  private let facts: ModelFacts
  private let patterns: [(pattern: Regex<AnyRegexOutput>, encoding: Encoding)]
  private let rulePatterns: [Regex<AnyRegexOutput>?]
  private let valueCount: Int
  private let sharesEmbedding: Bool
  /// Rules of the command line, and of the user's recipe, that have decided a tensor.
  private var usedRules: Set<Int> = []
  private var usedUserRules: Set<Int> = []
  private var valueIndex = 0
  private var downIndex = 0
  private var gateIndex = 0
  private var upIndex = 0

  /// What was chosen for a tensor.
  struct Choice {
    /// The encoding; nil where the tensor is copied.
    var encoding: Encoding?
    /// The encoding that the recipe meant, where the rows do not hold its blocks.
    var replaced: Encoding?
  }

  init(
    _ recipe: Recipe, _ options: ConversionOptions, names: [ByteString], metadata: Metadata
  ) throws(ModelError) {
    self.recipe = recipe
    self.options = options
    self.facts = ModelFacts(metadata)
    self.patterns = try options.tensorTypes.map { (rule) throws(ModelError) in
      (try rule.regex(), rule.encoding)
    }
    self.rulePatterns = (options.userRecipe?.rules ?? []).map { rule in
      rule.selection.pattern.flatMap { try? Regex($0).ignoresCase() }
    }
    let roles = names.map { TensorRole($0) }
    self.valueCount = roles.count { $0.holdsValues }
    self.sharesEmbedding = !roles.contains(.output)
  }

  /// The encoding of the next tensor (llama-quant.cpp, `llama_tensor_get_type`).
  mutating func choose(_ name: ByteString, _ layout: TensorLayout) throws(ModelError) -> Choice {
    guard QuantizationRules.allows(name, layout.shape, facts, keepsOutput: options.leavesOutput)
    else { return Choice() }
    let role = TensorRole(name)
    let place = patterns.firstIndex {
      (try? $0.pattern.firstMatch(in: name.text)) ?? nil != nil
    }
    let named = place.map { patterns[$0] }
    if role == .embedding, let encoding = options.embeddingType {
      if name != "per_layer_token_embd.weight" || named == nil { return Choice(encoding: encoding) }
    }
    if role == .output, let encoding = options.outputType { return Choice(encoding: encoding) }
    if let place, let named {
      // llama-quantize looks at --tensor-type only where the type is made of blocks (llama-quant.cpp,
      // llama_model_quantize_impl); here a rule counts wherever it is given.
      usedRules.insert(place)
      return try fitted(named.encoding, name, layout)
    }
    if let choice = try userChoice(name, role, layout) { return choice }
    if options.keepsTypes { return Choice() }
    guard recipe.kind != .plain else { return Choice(encoding: recipe.base) }
    let wanted: Encoding
    if options.isPure {
      wanted = recipe.base
    } else {
      wanted = try mixed(name, role, layout)
    }
    return try fitted(wanted, name, layout)
  }

  /// What the user asked for that no tensor followed.
  var unused: [Diagnostic] {
    let given = options.tensorTypes.enumerated().filter { !usedRules.contains($0.offset) }.map {
      Diagnostic(
        .warning, "rule-unused", at: "\($0.element.pattern)=\($0.element.encoding.name)",
        "this rule decides no tensor: no matrix that is encoded has such a name, or a rule before it counts"
      )
    }
    let own = (options.userRecipe?.rules ?? []).enumerated()
      .filter { !usedUserRules.contains($0.offset) }
      .map {
        Diagnostic(
          .warning, "rule-unused", at: "rule \($0.offset + 1) of the recipe",
          "it decides no tensor: nothing in the model is what it selects, or a rule before it counts"
        )
      }
    return given + own
  }

  /// The encoding itself, or what stands in for it where the rows do not hold its blocks.
  private func fitted(
    _ wanted: Encoding, _ name: ByteString, _ layout: TensorLayout
  ) throws(ModelError) -> Choice {
    let length = layout.shape.rowLength
    var encoding = wanted
    if options.refusesFallback, !wanted.divides(length) {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "rows of \(length) do not hold blocks of \(wanted.name), and --no-fallback forbids another",
        hint: "choose another encoding for it with --tensor-type")
    }
    if let fallback = options.userRecipe?.fallback, !wanted.divides(length) {
      encoding = fallback.divides(length) ? fallback : .f16
    } else {
      encoding = try QuantizationRules.fallback(wanted, rowLength: length, name)
    }
    return Choice(encoding: encoding, replaced: encoding == wanted ? nil : wanted)
  }

  /// What a user's recipe says of a tensor; nil where it says nothing.
  private mutating func userChoice(
    _ name: ByteString, _ role: TensorRole, _ layout: TensorLayout
  ) throws(ModelError) -> Choice? {
    guard let user = options.userRecipe else { return nil }
    let isExpert = facts.isExpert(role, layout.shape)
    for (index, rule) in user.rules.enumerated()
    where rule.selection.matches(
      name, role, isExpert: isExpert, layerCount: facts.layerCount, rulePatterns[index])
    {
      usedUserRules.insert(index)
      guard let encoding = rule.encoding else { return Choice() }
      return try fitted(encoding, name, layout)
    }
    let own = role == .embedding ? user.embedding : role == .output ? user.output : nil
    return try own.map { (encoding) throws(ModelError) in try fitted(encoding, name, layout) }
  }

  /// The mix of the recipe (llama-quant.cpp, `llama_tensor_get_type_impl`).
  private mutating func mixed(
    _ name: ByteString, _ role: TensorRole, _ layout: TensorLayout
  ) throws(ModelError) -> Encoding {
    if let encoding = facts.pinned(name) { return encoding }
    if role == .output || (sharesEmbedding && role == .embedding) {
      if let encoding = options.outputType ?? options.userRecipe?.output { return encoding }
      if facts.isFalcon || !recipe.base.divides(layout.shape.rowLength) { return .q8_0 }
      return recipe.output
    }
    if recipe.kind == .experts {
      return facts.isExpert(role, layout.shape) ? recipe.base : .q8_0
    }
    if role == .embedding { return options.embeddingType ?? recipe.embedding }
    let context = try context(name, role)
    count(role)
    let chosen = recipe.choose(context)
    guard recipe.kind == .mixed else { return chosen ?? recipe.base }
    // Mixtral 8x7B: keys and values are so small beside the experts that eight bits cost 128 MB.
    if facts.expertCount == 8, role.holdsValues || role == .key { return .q8_0 }
    // Eight heads share a value matrix of a 70B model, so more bits for it cost next to nothing.
    if role.holdsValues, facts.is70B, [.q3_K, .q4_K].contains(chosen ?? recipe.base) {
      return .q5_K
    }
    return chosen ?? recipe.base
  }

  private func context(_ name: ByteString, _ role: TensorRole) throws(ModelError) -> RecipeContext {
    var layer: Int
    switch role {
    case .down: layer = downIndex
    case .gate: layer = gateIndex
    case .up: layer = upIndex
    case .embedding, .output, .query, .key, .value, .fusedQueryKeyValue, .latentKeyValue,
      .attentionOutput, .other:
      layer = 0
    }
    // Converters wrote experts in no order of layers, so counting them does not tell the layer; its
    // name does (`layer_info` in `llama_tensor_get_type_impl`).
    if facts.expertCount > 1, role == .down || role == .gate || role == .up,
      recipe.kind == .mixed
    {
      guard let number = LayerName.layer(of: name), number < facts.layerCount else {
        throw ModelError(
          .invalidMetadata, "tensor '\(name)'",
          "its layer must be in its name and below \(facts.layerCount)")
      }
      layer = number
    }
    return RecipeContext(
      role: role, layer: layer, layerCount: facts.layerCount, valueIndex: valueIndex,
      valueCount: valueCount, queriesPerKey: facts.queriesPerKey,
      expertCount: facts.expertCount, isFalcon: facts.isFalcon,
      hasImportance: options.importance != nil)
  }

  private mutating func count(_ role: TensorRole) {
    switch role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: valueIndex += 1
    case .down: downIndex += 1
    case .gate: gateIndex += 1
    case .up: upIndex += 1
    case .embedding, .output, .query, .key, .attentionOutput, .other: break
    }
  }
}
