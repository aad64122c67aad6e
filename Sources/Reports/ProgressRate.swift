/// How fast work goes, and how long it will take: over the last minute, so that neither jumps.
struct ProgressRate: Sendable {
  private struct Sample {
    let time: ContinuousClock.Instant
    let count: UInt64
  }

  private static let span = Duration.seconds(60)
  private var samples: [Sample]

  /// Begins where nothing is done.
  init(at time: ContinuousClock.Instant) { samples = [Sample(time: time, count: 0)] }

  /// Notes how much was done in this run; what was there already does not count.
  mutating func note(_ count: UInt64, at time: ContinuousClock.Instant) {
    guard let last = samples.last, count > last.count else { return }
    samples.append(Sample(time: time, count: count))
    while samples.count > 2, time - samples[1].time > Self.span { samples.removeFirst() }
  }

  /// Units a second; nil before the first part of the work is done.
  var perSecond: Double? {
    guard let first = samples.first, let last = samples.last, last.count > first.count else {
      return nil
    }
    let seconds = (last.time - first.time).seconds
    return seconds > 0 ? Double(last.count - first.count) / seconds : nil
  }

  /// Seconds until so much more is done: what the last part of the work suggested, counted down.
  func left(_ remaining: UInt64, at time: ContinuousClock.Instant) -> Double? {
    guard let rate = perSecond, rate > 0, let last = samples.last else { return nil }
    return max(0, Double(remaining) / rate - (time - last.time).seconds)
  }
}

extension Duration {
  /// Seconds as a number with a fraction.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
