internal import WeighbridgeByteIO

/// LAuReL, beside attention: the normalized hidden state and a small network's view of it.
struct Laurel: LayerPart {
  /// Hidden state to a few elements, and back.
  let down: Linear
  let up: Linear
  /// Of what comes back.
  let norm: NormWeights?

  static let role = PartRole.besideMixer

  static func find(_ site: LayerSite) throws(InferenceError) -> Laurel? {
    guard site.has("laurel_l.weight") else { return nil }
    let rank = site.rows("laurel_l.weight") ?? 0
    return Laurel(
      down: try site.linear("laurel_l.weight", outputs: rank, inputs: site.width),
      up: try site.linear("laurel_r.weight", outputs: site.width, inputs: rank),
      norm: try site.norm("laurel_post_norm"))
  }

  var linears: [Linear] { [down, up] }

  var need: PartNeed { PartNeed(wide: down.outputs + up.outputs) }

  /// Its input is added to its output.
  var readsInputThroughout: Bool { true }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    let small = wide.columns(0..<down.outputs)
    let result = wide.columns(down.outputs..<wide.columns)
    try walk.multiply(input, [(weights: down, output: small)])
    try walk.multiply(small, [(weights: up, output: result)])
    if let norm { walk.normalize(result, norm, into: result) }
    walk.add(input, to: result, scale: 1)
    if !output.adds { output.matrix.clear() }
    walk.add(result, to: output.matrix, scale: output.scale)
  }
}
