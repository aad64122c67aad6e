internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A gated convolution over a few tokens (LFM2): out(c × convolution(b × x)).
///
/// As src/models/lfm2.cpp of llama.cpp and modeling_lfm2.py of transformers.
struct ShortConvolution: LayerPart {
  /// Channels.
  let channels: Int
  /// Tokens that the convolution spans.
  let taps: Int
  /// Hidden state to b, c and x.
  let input: Linear
  let output: Linear
  /// Taps of every channel, [1, channels × taps].
  let convolution: Matrix
  let convolutionBias: Matrix?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> ShortConvolution? {
    guard site.has("shortconv.in_proj.weight") else { return nil }
    return try ShortConvolution(site)
  }

  private init(_ site: LayerSite) throws(InferenceError) {
    channels = site.width
    taps = try describing { () throws(ModelError) in try site.facts.count("shortconv.l_cache") }
    input = try site.linear(
      "shortconv.in_proj.weight", outputs: 3 * channels, inputs: site.width)
    output = try site.linear("shortconv.out_proj.weight", outputs: site.width, inputs: channels)
    convolution = try site.required("shortconv.conv.weight", length: channels * taps)
    convolutionBias = try site.vector("shortconv.conv.bias", length: channels)
  }

  var linears: [Linear] { [input, output] }

  var need: PartNeed { PartNeed(wide: 3 * channels, mixed: channels) }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    let before = wide.columns(0..<channels)
    let after = wide.columns(channels..<2 * channels)
    let values = wide.columns(2 * channels..<3 * channels)
    try walk.multiply(input, [(self.input, wide)])
    walk.forRows(wide.rows) { rows in
      before.rows(rows).activate(INFERENCE_LINEAR, times: values.rows(rows))
    }
    let mixed = walk.matrix(walk.space.mixed, columns: channels)
    walk.forChannels(channels) { window, part in
      mixed.rows(window).columns(part).convolve(
        before.rows(window).columns(part), convolution, convolutionBias, first: part.lowerBound,
        taps: taps, .linear)
    }
    walk.forRows(wide.rows) { rows in
      mixed.rows(rows).activate(INFERENCE_LINEAR, times: after.rows(rows))
    }
    try walk.multiply(mixed, [(weights: self.output, output: output)])
  }
}
