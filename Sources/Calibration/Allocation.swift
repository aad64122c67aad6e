package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Which encoding each tensor gets so that all of them meet a budget and the predicted divergence is
/// smallest: Specs/calibration.md, CAL-30 and after.
package struct Allocation: Sendable {
  /// A tensor that may be encoded in several ways.
  package struct Candidate: Sendable {
    package let name: ByteString
    /// Encodings with what they cost and weigh, smaller ones first.
    package let choices: [Choice]
    /// Describes a tensor.
    package init(name: ByteString, choices: [Choice]) {
      self.name = name
      self.choices = choices
    }
  }

  /// One way to encode a tensor.
  package struct Choice: Hashable, Sendable {
    package let encoding: Encoding
    /// Bytes of the tensor.
    package let bytes: UInt64
    /// What it adds to the divergence.
    package let divergence: Double
    /// Describes a way.
    package init(encoding: Encoding, bytes: UInt64, divergence: Double) {
      self.encoding = encoding
      self.bytes = bytes
      self.divergence = divergence
    }
  }

  /// A point on the frontier of size and divergence.
  package struct Point: Hashable, Sendable {
    /// Bytes of the candidates.
    package let bytes: UInt64
    /// The sum of what they add.
    package let divergence: Double
  }

  /// What may be chosen.
  package let candidates: [Candidate]

  /// Prepares an allocation; ways that are larger than another and no better are left out.
  package init(_ candidates: [Candidate]) {
    self.candidates = candidates.map { candidate in
      var best = Double.infinity
      var kept: [Choice] = []
      let order = candidate.choices.sorted {
        ($0.bytes, $0.divergence, $0.encoding.name) < ($1.bytes, $1.divergence, $1.encoding.name)
      }
      for choice in order where choice.divergence < best {
        best = choice.divergence
        kept.append(choice)
      }
      return Candidate(name: candidate.name, choices: kept)
    }
  }

  /// The best choice for each candidate within a budget of bytes; nil where even the smallest exceed it.
  package func choose(within budget: UInt64) -> [Choice]? {
    guard candidates.allSatisfy({ !$0.choices.isEmpty }) else { return nil }
    var low = 1e-30
    var high = 1e6
    // The price of a byte, by bisection on a logarithmic scale; what a price buys only shrinks with it.
    for _ in 0..<200 {
      let middle = (low * high).squareRoot()
      if Self.bytes(choose(atPrice: middle)) > budget { low = middle } else { high = middle }
    }
    var chosen = choose(atPrice: high)
    guard Self.bytes(chosen) <= budget else { return nil }
    upgrade(&chosen, within: budget)
    exchange(&chosen, within: budget)
    return chosen
  }

  /// What is best for each candidate where a byte costs `price`.
  private func choose(atPrice price: Double) -> [Choice] {
    candidates.map { candidate in
      var best = candidate.choices[0]
      var least = best.divergence + price * Double(best.bytes)
      for choice in candidate.choices.dropFirst() {
        let cost = choice.divergence + price * Double(choice.bytes)
        if cost < least { (best, least) = (choice, cost) }
      }
      return best
    }
  }

  /// Spends what is left on the single upgrades that gain most for each byte.
  private func upgrade(_ chosen: inout [Choice], within budget: UInt64) {
    while true {
      let left = budget - Self.bytes(chosen)
      var best: (rate: Double, index: Int, choice: Choice)?
      for (index, candidate) in candidates.enumerated() {
        for choice in candidate.choices where choice.bytes > chosen[index].bytes {
          let more = choice.bytes - chosen[index].bytes
          let gain = chosen[index].divergence - choice.divergence
          guard more <= left, gain > 0 else { continue }
          let rate = gain / Double(more)
          if best.map({ rate > $0.rate }) ?? true { best = (rate, index, choice) }
        }
      }
      guard let best else { return }
      chosen[best.index] = best.choice
    }
  }

  /// Pairs of one step down and one up that gain and still fit, the best first.
  private func exchange(_ chosen: inout [Choice], within budget: UInt64) {
    for _ in 0..<candidates.count {
      let used = Self.bytes(chosen)
      var best: (gain: Double, down: (Int, Choice), up: (Int, Choice))?
      for (down, first) in candidates.enumerated() {
        for smaller in first.choices where smaller.bytes < chosen[down].bytes {
          let freed = budget - used + (chosen[down].bytes - smaller.bytes)
          let loss = smaller.divergence - chosen[down].divergence
          for (up, second) in candidates.enumerated() where up != down {
            for larger in second.choices
            where larger.bytes > chosen[up].bytes && larger.bytes - chosen[up].bytes <= freed {
              let gain = chosen[up].divergence - larger.divergence - loss
              guard gain > 0, best.map({ gain > $0.gain }) ?? true else { continue }
              best = (gain, (down, smaller), (up, larger))
            }
          }
        }
      }
      guard let best else { return }
      chosen[best.down.0] = best.down.1
      chosen[best.up.0] = best.up.1
      upgrade(&chosen, within: budget)
    }
  }

  /// Points of the frontier, smallest first: `count` sizes from the smallest to the largest possible.
  package func frontier(_ count: Int) -> [Point] {
    guard candidates.allSatisfy({ !$0.choices.isEmpty }), count > 1 else { return [] }
    let least = Double(candidates.reduce(0) { $0 + ($1.choices.first?.bytes ?? 0) })
    let most = Double(candidates.reduce(0) { $0 + ($1.choices.last?.bytes ?? 0) })
    var points: [Point] = []
    for step in 0..<count {
      let size = least + (most - least) * Double(step) / Double(count - 1)
      guard let chosen = choose(within: UInt64(size.rounded(.up))) else { continue }
      let point = Point(
        bytes: Self.bytes(chosen), divergence: chosen.reduce(0) { $0 + $1.divergence })
      if points.last?.bytes != point.bytes { points.append(point) }
    }
    return points
  }

  /// Bytes of all choices.
  package static func bytes(_ choices: [Choice]) -> UInt64 { choices.reduce(0) { $0 + $1.bytes } }
}
