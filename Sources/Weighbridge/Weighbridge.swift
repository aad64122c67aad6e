/// Everything that the command line does, for other programs.
public enum Weighbridge {
  /// The version of the library and of the command line.
  public static let version = "0.1.0"
}
