import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `unpack`: the files of a bundle.
struct Unpack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Unpack a bundle, checking every digest.",
    discussion: """
      Each file is checked against its SHA-256 before it appears; a new folder appears whole or not at all. \
      Paths that would leave the folder, links and damaged layers are refused.

      FORMS
        dir      a folder of files
        oci      a bundle that other programs read: --profile raw, or zstd
        docker   an archive for `docker model load`
        ollama   models in ollama's store (-o STORE, or OLLAMA_MODELS, or ~/.ollama/models) under the
                 bundle's name or --name; of several each has its type for a tag

      EXAMPLES
        weighbridge unpack model.oci.tar -o model
        weighbridge unpack ladder.oci.tar --type Q4_K_M -o .
        weighbridge unpack ladder.oci.tar --only '*q4_k_m*'
        weighbridge unpack model.oci.tar --to oci --profile raw \\
          -o for-registry.oci.tar
        weighbridge unpack ladder.oci.tar --to ollama --name mymodel
        weighbridge unpack --how > decode.py
      """)

  @Argument(help: "The bundle.", completion: .file())
  var bundle: String?

  /// The folder, as `tar` and `unzip` do not take it but people type it.
  @Argument(help: .hidden, completion: .directory)
  var rest: [String] = []

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("The folder (default: the bundle's name).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Option(help: ArgumentHelp("Only files that match. Repeatable.", valueName: "glob"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Only the model of a type: Q4_K_M.", valueName: "recipe"))
  var type: String?

  @Option(
    help: ArgumentHelp(
      "A bundle that this one is stored as a difference from. Repeatable.", valueName: "bundle"),
    completion: .file())
  var base: [String] = []

  @Option(help: "What to make: \(Form.allCases.map(\.rawValue).joined(separator: ", ")).")
  var to: Form = .dir

  @Option(help: "How --to oci holds files: raw or zstd.")
  var profile: ModelBundle.Profile?

  @Option(help: ArgumentHelp("The name in ollama's store: MODEL or MODEL:TAG.", valueName: "name"))
  var name: String?

  @Flag(help: "Print a program in Python that unpacks bundles without this one.")
  var how = false

  @Flag(help: "Go on where an interrupted run has ended, and keep the work if this one ends too.")
  var resume = false

  @Flag(help: "Replace files that are there already.")
  var force = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  /// What a bundle becomes.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case dir
    case oci
    case docker
    case ollama
  }

  func run() throws {
    guard !how else { return Console.print(exactly: ModelBundle.independentDecoder) }
    guard let bundle else {
      throw UsageError(
        message: "which bundle?", hint: "weighbridge unpack NAME.oci.tar -o FOLDER")
    }
    let (rest, profile) = try self.rest(bundle)
    let places = try Positionals(
      rest, command: "unpack", model: bundle, output: output, type: nil, takesType: false)
    let opened = try ModelBundle(bundle, bases: base)
    let stem = ModelBundle.stem(bundle)
    switch to {
    case .dir: try unpack(opened, to: places.output ?? stem)
    case .oci:
      let output = places.output ?? "\(stem)-\(profile.rawValue).oci.tar"
      let made = try opened.repack(
        to: output, profile: profile, replaces: force, using: common.resources)
      Console.report(made.diagnostics, common.verbosity)
      report([], output, made.files)
    case .docker:
      let output = places.output ?? stem + ".docker.tar"
      try opened.exportForDocker(to: output, replaces: force, using: common.resources)
      report([], output, opened.files)
    case .ollama:
      let names = try opened.addToOllama(
        store: places.output, name: name, type: type, replaces: force, using: common.resources)
      report(names, places.output ?? "ollama's store", opened.files)
    }
  }

  /// `--to oci zstd` is taken for `--to oci --profile zstd`; options that a form has no use for are
  /// refused.
  private func rest(_ bundle: String) throws -> (rest: [String], profile: ModelBundle.Profile) {
    var rest = rest
    var profile = profile
    if to == .oci, profile == nil, let first = rest.first,
      let named = ModelBundle.Profile(rawValue: first)
    {
      profile = named
      rest.removeFirst()
    }
    let refused: [(String, Bool)] = [
      ("--only", !only.isEmpty && to != .dir),
      ("--type", type != nil && to != .dir && to != .ollama),
      ("--profile", profile != nil && to != .oci), ("--name", name != nil && to != .ollama),
    ]
    if let option = refused.first(where: { $0.1 })?.0 {
      throw UsageError(message: "\(option) has no meaning with --to \(to.rawValue)")
    }
    return (rest, profile ?? .raw)
  }

  private func unpack(_ bundle: ModelBundle, to folder: String) throws {
    let files = try bundle.unpack(
      to: folder, only: only, type: type, replaces: force, resumes: resume, using: common.resources)
    report([], folder, files)
  }

  private func report(_ names: [String], _ output: String, _ files: [ModelBundle.File]) {
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.unpack/1", "output": JSONValue(output),
        "files": .array(files.map { BundleInspection.json($0) }),
      ]
      Console.print(json: document)
    }
    let bytes = files.reduce(0) { $0 + $1.bytes }
    let shown = names.isEmpty ? output : names.joined(separator: ", ")
    Console.note(
      "\(shown): \(NumberFormat.counted(files.count, "file")), \(NumberFormat.bytes(bytes)), "
        + "every digest verified", common.verbosity)
  }
}
