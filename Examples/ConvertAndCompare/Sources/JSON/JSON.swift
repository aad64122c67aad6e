/// Just enough JSON for one line of figures.
public enum JSON {
  /// An object with numbers, in the order given.
  public static func object(_ members: [(key: String, value: Double)]) -> String {
    "{" + members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
  }
}
