package import WeighbridgeModelIR

/// What a family's tensor becomes in GGUF.
///
/// A rule with `{e}` in its source gathers the experts of a layer: its outputs see them stacked along
/// a new outermost dimension.
package struct TensorRule: Sendable {
  /// One tensor that is written.
  package struct Output: Sendable {
    /// Its GGUF name.
    package let name: NamePattern
    /// What is done to the source, in order.
    package let changes: [TensorChange]
    /// Names an output.
    package init(_ name: String, _ changes: [TensorChange] = []) {
      self.name = NamePattern(name)
      self.changes = changes
    }
  }

  /// The family's name for it.
  package let source: NamePattern
  /// What it becomes; nothing where GGUF has no use for it.
  package let outputs: [Output]
  /// Whether the rule applies to a model at all.
  package let condition: (@Sendable (Configuration) -> Bool)?

  /// When the rule is read backwards, for a checkpoint that is written again.
  package enum Reverse: Sendable {
    /// Wherever its outputs are.
    case always
    /// Where another tensor of GGUF is not there.
    case without(NamePattern)
    /// Never: another rule writes the same.
    case never
  }

  /// Whether the tensor is left out where another has become the same: copies of one matrix.
  package private(set) var isCopy = false

  /// The same, left out where another tensor has become what it would.
  var unlessThere: TensorRule {
    var rule = self
    rule.isCopy = true
    return rule
  }

  /// Which of the tensors that have the source's name it is for; nil for all.
  package private(set) var selects: (@Sendable (NamePattern.Match, Configuration) -> Bool)?

  /// The same for some of the tensors that have the source's name.
  func only(
    _ test: @escaping @Sendable (NamePattern.Match, Configuration) -> Bool
  ) -> TensorRule {
    var rule = self
    rule.selects = test
    return rule
  }

  /// The number in the outputs' names, where it is another than the source's.
  package private(set) var number: @Sendable (Configuration, Int) throws(ModelError) -> Int = {
    _, number in number
  }

  /// The same with other numbers in the outputs' names.
  func numbered(
    _ rule: @escaping @Sendable (Configuration, Int) throws(ModelError) -> Int
  ) -> TensorRule {
    var result = self
    result.number = rule
    return result
  }

  /// When the rule is read backwards; of several rules with the same outputs the first counts.
  package private(set) var reverse = Reverse.always

  /// The same, read backwards only where another tensor is not there.
  func reversed(without other: String) -> TensorRule {
    var rule = self
    rule.reverse = .without(NamePattern(other))
    return rule
  }

  /// The same, for reading only.
  var readOnly: TensorRule {
    var rule = self
    rule.reverse = .never
    return rule
  }

  /// One tensor that becomes one.
  package init(_ source: String, _ target: String, _ changes: TensorChange...) {
    self.source = NamePattern(source)
    self.outputs = [Output(target, changes)]
    self.condition = nil
  }

  /// One tensor that becomes several, or none.
  package init(
    _ source: String, outputs: [Output], when condition: (@Sendable (Configuration) -> Bool)? = nil
  ) {
    self.source = NamePattern(source)
    self.outputs = outputs
    self.condition = condition
  }

  /// A tensor that GGUF has no use for.
  package static func unused(
    _ source: String, when condition: (@Sendable (Configuration) -> Bool)? = nil
  ) -> TensorRule {
    TensorRule(source, outputs: [], when: condition)
  }
}

/// One step between a family's tensor and GGUF's.
///
/// Steps that only move rows keep the source's encoding; arithmetic is done in single precision.
package indirect enum TensorChange: Sendable {
  /// Rows are taken in another order, or only some of them.
  case arrange(@Sendable (Configuration, TensorShape) throws(ModelError) -> RowArrangement)
  /// The last two dimensions change places.
  case transpose
  /// Another shape for the same elements in the same order.
  case reshape(
    @Sendable (Configuration, TensorShape) throws(ModelError) -> [Int],
    back: @Sendable (Configuration, TensorShape) throws(ModelError) -> [Int])
  /// Steps that depend on the tensor's shape, where vendors store a tensor in more ways than one; a rule
  /// with such a step is for reading only.
  case chosen(@Sendable (Configuration, TensorShape) throws(ModelError) -> [TensorChange])
  /// A number is added to every element: norms that are stored as their distance from 1.
  case add(Float)
  /// Every element x becomes −eˣ: the decay of state-space models.
  case negativeExponential
  /// Rows of zeros are put behind the last, up to a number of them: for readers that want a row for every
  /// token. Whoever computes with the checkpoint itself does without.
  case pad(@Sendable (Configuration) throws(ModelError) -> Int)
  /// The first rows are left out: those that no text uses. Back they come as zeros.
  case drop(@Sendable (Configuration) throws(ModelError) -> Int)
  /// Elements are multiplied with a number; nil for none. Back they stay as they are, for a model that
  /// is written again has no such numbers.
  case multiply(@Sendable (Configuration) throws(ModelError) -> Float?)
  /// The same, with a number for some rows each.
  case multiplyRows(@Sendable (Configuration) throws(ModelError) -> [RowFactor])
  /// A step that readers of GGUF take for granted, and that is left out where the checkpoint itself is
  /// run and a condition holds: what they compute then is another thing.
  case forReaders(TensorChange, unless: @Sendable (Configuration) throws(ModelError) -> Bool)
  /// Other numbers are computed, for reading only.
  case derive(Derivation)

  /// What is computed from a tensor, in single precision.
  package enum Derivation: Sendable {
    /// Of a batch norm's weight and the statistics beside it: what the input is multiplied with.
    case batchScale(epsilon: Float)
    /// The same, what is added then.
    case batchShift(epsilon: Float)
    /// log(1 + eˣ).
    case softplus
    /// Sums of as many rows that follow one another.
    case sumOfRows(@Sendable (Configuration) throws(ModelError) -> Int)
    /// Every element less the mean of all.
    case centered
    /// A square grid of rows at another size, each row from the four nearest, corners on corners.
    case grid(@Sendable (Configuration) throws(ModelError) -> Int)
  }
}

extension TensorChange {
  /// Whether elements become other numbers.
  package var isArithmetic: Bool {
    switch self {
    case .arrange, .transpose, .reshape, .chosen, .pad, .drop: false
    case .add, .negativeExponential, .multiply, .multiplyRows, .derive: true
    case .forReaders(let change, _): change.isArithmetic
    }
  }

  /// Dimensions of one element are left out.
  ///
  /// Back, the one that is in front of the last comes again, where convolutions have it.
  static let squeeze = TensorChange.reshape(
    { (_, shape) in shape.dimensions.filter { $0 != 1 } },
    back: { (_, shape) in
      Array(shape.dimensions.prefix(1)) + [1] + shape.dimensions.dropFirst()
    })

  /// Undoes the order that transformers keeps for the rotary embedding: halves of each head become
  /// neighbouring pairs, as in the original Llama.
  static let permuteQuery = permute { (configuration) throws(ModelError) in
    try configuration.headCount()
  }
  /// The same for keys, which may have fewer heads.
  static let permuteKey = permute { (configuration) throws(ModelError) in
    try configuration.keyValueHeadCount()
  }

  /// The same for as many heads as a rule says.
  static func permute(
    _ heads: @escaping @Sendable (Configuration) throws(ModelError) -> Int
  ) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let heads = try heads(configuration)
      let rows = shape.dimensions.first ?? 0
      guard rows % (2 * heads) == 0 else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(rows) rows of a projection are not divisible by \(heads) heads of two halves each")
      }
      return RowArrangement(grid: [heads, 2, rows / heads / 2], order: [0, 2, 1])
    }
  }
}
