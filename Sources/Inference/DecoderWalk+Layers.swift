internal import WeighbridgeByteIO

extension DecoderWalk {
  /// Passes one layer.
  ///
  /// Where `keeping` is given, only these tokens go on after they have seen the others: what is
  /// computed for each token by itself is not needed for those that are not scored.
  func pass(_ index: Int, keeping rows: [Int]? = nil) throws(FormatError) {
    let layer = decoder.layers[index]
    let last = layer.lastMixing
    if let rows, last == nil { keep(rows, with: []) }
    try layer.streams?.predict(on: self)
    for (place, stage) in layer.stages.enumerated() {
      try pass(stage, keeping: place == last ? rows : nil)
    }
    try layer.streams?.correct(on: self)
  }

  /// Adds what a stage's parts make of the hidden states to these.
  private func pass(_ stage: LayerStage, keeping rows: [Int]?) throws(FormatError) {
    var rows = rows
    var isFirst = true
    for branch in stage.branches {
      if let kept = rows, type(of: branch.part).role != .mixer {
        keep(kept, with: stage.needsBranch ? [matrix(space.branch, columns: hidden.columns)] : [])
        rows = nil
      }
      try run(branch, of: stage, isFirst: isFirst)
      isFirst = false
    }
    if let rows {
      keep(rows, with: stage.needsBranch ? [matrix(space.branch, columns: hidden.columns)] : [])
    }
    let hidden = hidden
    if stage.needsBranch {
      let sum = matrix(space.branch, columns: hidden.columns)
      if let norm = stage.norm, !stage.normalizesAfter { normalize(sum, norm, into: sum) }
      add(sum, to: hidden, scale: stage.scale)
    }
    if let norm = stage.norm, stage.normalizesAfter { normalize(hidden, norm, into: hidden) }
    if stage.outputScale != 1 {
      forRows(hidden.rows) { hidden.rows($0).scale(by: stage.outputScale) }
    }
  }

  /// Runs one part; its result goes to the hidden states, or to the sum of the stage.
  private func run(
    _ branch: LayerStage.Branch, of stage: LayerStage, isFirst: Bool
  ) throws(FormatError) {
    let hidden = hidden
    let width = hidden.columns
    var input = hidden
    if let norm = branch.before {
      input = matrix(space.normed, columns: width)
      normalize(hidden, norm, into: input)
      if stage.addsToNormalized, isFirst { hidden.copy(input) }
    } else if branch.part.readsInputThroughout, !stage.needsBranch {
      input = matrix(space.normed, columns: width)
      input.copy(hidden)
    }
    guard stage.needsBranch else {
      let output = Destination(matrix: hidden, adds: true, scale: stage.scale)
      return try branch.part.run(input, on: self, into: output)
    }
    let sum = matrix(space.branch, columns: width)
    guard let norm = branch.after else {
      return try branch.part.run(
        input, on: self, into: Destination(matrix: sum, adds: !isFirst))
    }
    let result = isFirst ? sum : matrix(space.second, columns: width)
    try branch.part.run(input, on: self, into: .put(result))
    normalize(result, norm, into: result)
    if !isFirst { add(result, to: sum, scale: 1) }
  }
}
