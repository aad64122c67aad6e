internal import WeighbridgeInference

extension [MatrixKey: Moments] {
  /// The moments of a matrix; those of an expert are drawn to the mean of its stack, which counts as much
  /// as `columns` tokens.
  func shrunk(_ key: MatrixKey, among keys: [MatrixKey]) -> Moments? {
    guard
      let own = self[key] ?? keys.first.flatMap({ self[$0].map { Moments(columns: $0.columns) } })
    else { return nil }
    guard keys.count > 1 || self[key] == nil else { return own }
    let all = keys.reduce(0) { $0 + (self[$1]?.tokens ?? 0) }
    guard all > 0 else { return own }
    let prior = Double(own.columns)
    let result = Moments(columns: own.columns)
    for other in keys {
      guard let moments = self[other], moments.columns == own.columns else { continue }
      result.blend(moments, scale: prior / all)
    }
    result.blend(own, scale: 1)
    return result.counted(own.tokens + prior)
  }
}
