internal import Dispatch
internal import Synchronization

/// Where the workers' time goes: a sum over all of them.
package final class WorkProfile: Sendable {
  /// A kind of work.
  package enum Part: Int, CaseIterable, Sendable {
    /// Encoded weights are read.
    case reading
    /// Weights are decoded and put into the order in which they are multiplied.
    case dequantization
    /// Weights are multiplied with hidden states.
    case products
    /// Tokens look at each other.
    case attention
    /// The output head: its weights, logits and their sums.
    case head
    /// Norms, rotations, activations, sums.
    case rest

    /// The name in a table.
    package var name: String {
      switch self {
      case .reading: "reading"
      case .dequantization: "dequantization"
      case .products: "GEMM"
      case .attention: "attention"
      case .head: "head"
      case .rest: "other"
      }
    }
  }

  private struct State {
    var nanoseconds = [UInt64](repeating: 0, count: Part.allCases.count)
    var operations = [UInt64](repeating: 0, count: Part.allCases.count)
    var start: UInt64?
    var elapsed: UInt64 = 0
    var tokens = 0
  }

  private let state = Mutex(State())

  /// Nothing measured yet.
  package init() {}

  /// Seconds of all workers together that a part took.
  package func seconds(_ part: Part) -> Double {
    state.withLock { Double($0.nanoseconds[part.rawValue]) / 1e9 }
  }

  /// Floating-point operations of a part: two for each product that is summed.
  package func operations(_ part: Part) -> UInt64 {
    state.withLock { $0.operations[part.rawValue] }
  }

  /// Seconds on the wall from the first token to the last score.
  package var elapsed: Double { state.withLock { Double($0.elapsed) / 1e9 } }

  /// Tokens that walked, of one model or of all together.
  package var tokens: Int { state.withLock { $0.tokens } }

  func add(_ part: Part, nanoseconds: UInt64, operations: UInt64 = 0) {
    state.withLock {
      $0.nanoseconds[part.rawValue] += nanoseconds
      $0.operations[part.rawValue] += operations
    }
  }

  func begin() { state.withLock { $0.start = DispatchTime.now().uptimeNanoseconds } }

  func end(tokens: Int) {
    let now = DispatchTime.now().uptimeNanoseconds
    state.withLock {
      $0.elapsed += now - ($0.start ?? now)
      $0.start = nil
      $0.tokens += tokens
    }
  }
}

/// One worker's watch: what passes between two laps belongs to a part.
struct WorkClock: ~Copyable {
  private let profile: WorkProfile?
  private let whole: WorkProfile.Part?
  private var last: UInt64

  /// Starts; without a profile nothing is measured, and with a part `whole` all laps are its.
  init(_ profile: WorkProfile?, as whole: WorkProfile.Part? = nil) {
    self.profile = profile
    self.whole = whole
    last = profile == nil ? 0 : DispatchTime.now().uptimeNanoseconds
  }

  /// Gives the time since the last lap to a part.
  mutating func lap(_ part: WorkProfile.Part, operations: Int = 0) {
    guard let profile else { return }
    let now = DispatchTime.now().uptimeNanoseconds
    profile.add(whole ?? part, nanoseconds: now - last, operations: UInt64(operations))
    last = now
  }
}
