internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The same text through a model and through what was made of it so far, side by side, a layer at a
/// time: what a matrix is given there and here.
package final class PairedWalk {
  /// What matrices that share their input were given.
  package struct Inputs {
    /// The matrices.
    package let keys: [MatrixKey]
    /// Σ x̂ x̂ᵀ of what the encoded layers before give.
    package let moments: Moments
    /// Σ (x − x̂) x̂ᵀ, x being what the model's own layers give.
    package let drift: Moments
  }

  private let reference: Decoder
  private let windows: TokenWindows
  private let options: InferenceOptions
  private let together: Int
  private let space: Workspace
  private let own: DecoderWalk
  private let states: HiddenStates
  private let encodedStates: HiddenStates

  /// Begins with the embeddings of all tokens, there and here.
  package init(
    _ reference: Decoder, _ encoded: Decoder, _ windows: TokenWindows, options: InferenceOptions
  ) throws(InferenceError) {
    try reference.check(windows)
    let width = reference.carried.count
    let (states, encodedStates) = try reading {
      () throws(FormatError) -> (HiddenStates, HiddenStates) in
      let (count, limit) = (windows.tokenCount, options.memory / 8)
      return (
        try HiddenStates(tokens: count, columns: width, limit: limit),
        try HiddenStates(tokens: count, columns: width, limit: limit)
      )
    }
    (self.states, self.encodedStates) = (states, encodedStates)
    var rest = options
    // A third for the inputs of one group, there and here.
    rest.memory = (options.memory - states.heldBytes - encodedStates.heldBytes) / 3
    let plan = try WalkPlan([reference], on: windows, options: rest)
    self.reference = reference
    self.windows = windows
    self.options = options
    together = plan.windowsPerBatch
    space = Workspace([reference], windows: together, length: plan.windowTokens, options)
    own = DecoderWalk(reference, space, workers: options.threads)
    try start(own, states)
    try start(DecoderWalk(encoded, space, workers: options.threads), encodedStates)
  }

  private func start(_ walk: DecoderWalk, _ states: HiddenStates) throws(InferenceError) {
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        try walk.start(batch)
        try states.store(walk.state, at: rows)
      }
    }
  }

  /// What the matrices of one group of a layer are given, groups being counted in the order in which
  /// they are met; nil behind the last.
  ///
  /// `encoded` is the model with all that was encoded before, of this layer too.
  package func collect(
    layer: Int, group: Int, _ encoded: Decoder
  ) throws(InferenceError) -> Inputs? {
    let walk = DecoderWalk(encoded, space, workers: options.threads)
    let (here, there) = (GroupInput(group), GroupInput(group))
    walk.observer = here
    own.observer = there
    defer { own.observer = nil }
    var result: Inputs?
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        here.reset()
        there.reset()
        own.resume(batch, from: try states.states(of: rows))
        try own.pass(layer)
        walk.resume(batch, from: try encodedStates.states(of: rows))
        try walk.pass(layer)
        guard let x = there.input, let y = here.input, x.rows == y.rows else { return }
        let inputs =
          result
          ?? Inputs(
            keys: here.keys, moments: Moments(columns: y.columns),
            drift: Moments(columns: y.columns))
        result = inputs
        inputs.moments.add(y, workers: options.threads)
        // x becomes what the encoded layers have moved.
        x.add(y, scale: -1)
        inputs.drift.add(x, times: y, workers: options.threads)
      }
    }
    return result
  }

  /// Goes on behind a layer.
  package func advance(layer: Int, _ encoded: Decoder) throws(InferenceError) {
    let walk = DecoderWalk(encoded, space, workers: options.threads)
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        own.resume(batch, from: try states.states(of: rows))
        try own.pass(layer)
        try states.store(own.state, at: rows)
        walk.resume(batch, from: try encodedStates.states(of: rows))
        try walk.pass(layer)
        try encodedStates.store(walk.state, at: rows)
      }
    }
  }

  /// What the output head is given, behind all layers.
  package func collectHead(_ encoded: Decoder) throws(InferenceError) -> Inputs? {
    guard let key = reference.head?.tensor.map({ MatrixKey($0) }) else { return nil }
    let walk = DecoderWalk(encoded, space, workers: options.threads)
    let width = reference.description.width
    let inputs = Inputs(
      keys: [key], moments: Moments(columns: width), drift: Moments(columns: width))
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        own.resume(batch, from: try states.states(of: rows))
        walk.resume(batch, from: try encodedStates.states(of: rows))
        let (x, y) = (try own.finalStates(), try walk.finalStates())
        inputs.moments.add(y, workers: options.threads)
        x.add(y, scale: -1)
        inputs.drift.add(x, times: y, workers: options.threads)
      }
    }
    return inputs
  }
}

/// Keeps what the matrices of one group are multiplied with; matrices of experts are none.
private final class GroupInput: InputObserver {
  private(set) var input: Matrix?
  private(set) var keys: [MatrixKey] = []
  private let group: Int
  private var met = 0

  init(_ group: Int) { self.group = group }

  func reset() {
    input = nil
    met = 0
  }

  func observe(_ input: Matrix, _ weights: [Linear], workers: Int) {
    let own = weights.filter { $0.tensor != nil && $0.parts == 1 && $0.inputs == input.columns }
    guard !own.isEmpty else { return }
    defer { met += 1 }
    guard met == group else { return }
    let copy = Matrix(
      SharedBuffer(uninitialized: input.rows * input.columns), rows: input.rows,
      columns: input.columns)
    copy.copy(input)
    self.input = copy
    keys = own.compactMap { linear in linear.tensor.map { MatrixKey($0) } }
  }
}
