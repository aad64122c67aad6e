internal import WeighbridgeByteIO
internal import WeighbridgeConversion

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Quantized files of one model in a folder: what `ladder` makes, compares and packs.
///
/// What is there and whole is kept, so that an interrupted run goes on where it stopped.
public struct LadderFolder: Sendable {
  /// The model that is quantized.
  public let model: String
  /// The folder.
  public let path: String
  /// The types, from the command line, by the names of their recipes.
  public let types: [String]
  private let stem: String

  /// A file of the ladder.
  public struct Rung: Hashable, Sendable {
    /// The type.
    public let type: String
    /// The file.
    public let path: String
    /// Whether it was there already.
    public let isKept: Bool
  }

  /// Checks the types; makes the folder where there is none.
  public init(of model: String, in path: String, types: [String]) throws(WeighbridgeError) {
    self.model = model
    self.path = path
    let (names, stem) = try publicly {
      let names = try types.map { type in
        guard let recipe = RecipeRegistry.meant(by: type) else {
          throw RequestError(
            message: "there is no type or recipe '\(type)'", hint: RecipeRegistry.hint(for: type))
        }
        return recipe.name
      }
      guard !names.isEmpty, Set(names).count == names.count else {
        throw RequestError(message: "a ladder has one type or more, each once")
      }
      if PathKind(following: path) == nil {
        guard unsafe mkdir(path, 0o777) == 0 else {
          throw IOError(.create, path: path, number: errno)
        }
      }
      guard DirectoryTree.isDirectory(path) else {
        throw RequestError(message: "\(path): this is no folder")
      }
      return (names, LadderMaking.stem(model, TypeName.of(try ModelInput.open(model))))
    }
    self.types = names
    self.stem = stem
  }

  /// Where the bundle of all goes.
  public var bundle: String { "\(path)/\(stem).oci.tar" }

  /// Quantizes to one of the types, unless its file is there, of the size that it should have.
  ///
  /// Throws where a file of another size is there, which is not replaced unless that is asked for.
  public func rung(
    _ type: String, importance: String? = nil, replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> Rung {
    var request = ConversionRequest(type: type, style: .quantizer)
    request.importance = importance
    request.replaces = replaces
    let file = "\(path)/\(stem)-\(type).gguf"
    request.resumes = JournaledOutput.isBegun(file)
    let conversion = try OpenedModel(Location(model)).plan(request, to: file, using: resources)
    let isThere = FileIdentity(path: file).map { $0.byteCount == conversion.files[0].bytes }
    if isThere == true, !replaces { return Rung(type: type, path: file, isKept: true) }
    _ = try conversion.write()
    return Rung(type: type, path: file, isKept: false)
  }
}
