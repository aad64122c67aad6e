internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Nonlinearity {
  /// xIELU (arXiv 2411.13010), whose numbers stand in the metadata for each layer.
  init(integratedELU site: LayerSite) throws(ModelError) {
    func number(_ name: String) throws(ModelError) -> Float {
      guard let number = site.facts.globalFloat("xielu.\(name)", layer: site.index) else {
        throw ModelError(
          .missingMetadata, "xielu.\(name)", "a number for layer \(site.index) is expected")
      }
      return number
    }
    // Trained without bounds: a softplus keeps both slopes positive.
    func positive(_ value: Float) -> Float { Float(log1p(exp(Double(value)))) }
    let linear = try number("beta")
    self = .integratedELU(
      above: positive(try number("alpha_p")), below: linear + positive(try number("alpha_n")),
      linear: linear, epsilon: try number("eps"))
  }
}
