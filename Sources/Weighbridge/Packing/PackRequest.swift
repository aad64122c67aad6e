/// What is packed, and how.
public struct PackRequest: Sendable {
  /// Models, folders, and files that belong to them.
  public var paths: [String]
  /// The bundle to write.
  public var output: String
  /// How files are held.
  public var profile: ModelBundle.Profile
  /// The tag in a registry.
  public var tag: String
  /// SPDX license expressions, over what the model says.
  public var licenses: [String]
  /// Types of quantized files that are made of the first model and packed with it; each takes little
  /// room, since it is made again when it is unpacked.
  public var ladder: [String] = []
  /// The importance matrix by which they are quantized, or others' files were; it is packed too.
  public var importance: String?
  /// A bundle whose tensors those of the same name are stored as differences from.
  public var base: String?
  /// Where a statement of what was packed, and of what, is written.
  public var attestation: String?
  /// Whether an existing file is replaced; inputs never are.
  public var replaces: Bool

  /// Asks for a bundle of files.
  public init(
    paths: [String], output: String, profile: ModelBundle.Profile = .dense, tag: String = "latest",
    licenses: [String] = [], replaces: Bool = false
  ) {
    self.paths = paths
    self.output = output
    self.profile = profile
    self.tag = tag
    self.licenses = licenses
    self.replaces = replaces
  }
}
