/// What somebody may have meant who mistyped a name.
package enum Nearest {
  /// The name with the fewest letters added, lost, changed or swapped; nil where none is near.
  package static func to(
    _ text: String, among names: [String], by key: (String) -> String = { $0.lowercased() }
  ) -> String? {
    let wanted = Array(key(text))
    // A third of the letters may differ: less than that is another word.
    let limit = max(1, wanted.count / 3)
    let ranked = names.map { (name: $0, distance: distance(wanted, Array(key($0)))) }
      .filter { $0.distance <= limit }
    return ranked.min { $0.distance < $1.distance }?.name
  }

  /// Damerau's distance, in which neighbours that change places count once.
  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    guard left.count < 64, right.count < 64 else { return .max }
    var rows = [[Int](0...right.count)]
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        var best = min(
          rows[i][j] + (left[i] == right[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
