/// A pattern for paths: `*` and `?` stay within a component, `**` does not; a pattern without `/`
/// matches the last component of a path.
struct Glob {
  private let pattern: [Unicode.Scalar]
  private let matchesName: Bool

  init(_ text: String) {
    pattern = Array(text.unicodeScalars)
    matchesName = !text.contains("/")
  }

  /// Whether a path fits.
  func matches(_ path: BundlePath) -> Bool {
    matches(Array((matchesName ? path.components.last ?? "" : path.text).unicodeScalars))
  }

  /// Linear in time for each star: a mismatch goes back to the last star only.
  private func matches(_ text: [Unicode.Scalar]) -> Bool {
    // Which places of the pattern can be reached after each scalar of the text.
    var reached = closure(of: [0])
    for scalar in text {
      var next: Set<Int> = []
      for place in reached where place < pattern.count {
        switch pattern[place] {
        case "*":
          if isDouble(place) || scalar != "/" { next.insert(place) }
        case "?":
          if scalar != "/" { next.insert(place + 1) }
        default:
          if pattern[place] == scalar { next.insert(place + 1) }
        }
      }
      reached = closure(of: next)
      if reached.isEmpty { return false }
    }
    return reached.contains(pattern.count)
  }

  private func isDouble(_ place: Int) -> Bool {
    (place + 1 < pattern.count && pattern[place + 1] == "*")
      || (place > 0 && pattern[place - 1] == "*")
  }

  /// A star also stands for nothing.
  private func closure(of places: Set<Int>) -> Set<Int> {
    var result = places
    for var place in places {
      while place < pattern.count, pattern[place] == "*" {
        place += 1
        result.insert(place)
      }
    }
    return result
  }
}
