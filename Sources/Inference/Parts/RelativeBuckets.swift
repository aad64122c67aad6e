internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Biases of scores that depend on how far a key is from a query, as in T5: near distances have a
/// bucket each, farther ones share buckets that grow with the distance.
struct RelativeBuckets: Hashable, Sendable {
  /// Number of buckets.
  let count: Int
  /// From where on all distances share the last bucket.
  var distance = 128

  /// The bucket of a key at `offset` from a query; tokens that see both ways have half of the buckets
  /// for either.
  ///
  /// The steps and their precision are those of modeling_t5.py, `_relative_position_bucket`.
  func bucket(_ offset: Int, isCausal: Bool) -> Int {
    let half = isCausal ? count : count / 2
    let first = !isCausal && offset > 0 ? half : 0
    let away = isCausal ? max(0, -offset) : abs(offset)
    let exact = half / 2
    guard away >= exact, exact > 0 else { return first + min(away, half - 1) }
    let ratio = Float(log(Double(Float(away) / Float(exact))))
    let whole = Float(log(Double(distance) / Double(exact)))
    let place = ratio / whole * Float(half - exact)
    guard place.isFinite, place < Float(half) else { return first + half - 1 }
    return first + min(exact + Int(place), half - 1)
  }
}

extension Attention {
  /// The table of a layer, [buckets, heads] in one row; that of the first layer where it has none.
  static func relativeTable(
    _ description: AttentionDescription, _ site: LayerSite
  ) throws(InferenceError) -> Matrix? {
    guard let buckets = description.buckets else { return nil }
    let name = "attn_rel_b.weight"
    return try site.weights.required(
      (site.has(name) ? site.prefix : site.firstPrefix) + name,
      length: buckets.count * description.heads)
  }

  /// What is added to the scores of each head, for keys from the last before a query to the last after
  /// it, in a window of some length: the element in the middle is for a query's own key.
  func relativeBiases(length: Int) -> [Matrix]? {
    guard let buckets = description.buckets, let relativeTable else { return nil }
    let offsets = (0..<2 * length - 1).map {
      buckets.bucket($0 - (length - 1), isCausal: description.isCausal)
    }
    return (0..<description.heads).map { head in
      Matrix(offsets.map { relativeTable[0, $0 * description.heads + head] })
    }
  }
}
