public import ArgumentParser
public import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `pack`: models in one file for distribution.
struct Pack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Pack models and their files into one bundle that registries understand.",
    discussion: """
      A bundle is an OCI image layout in a tar, with the media types of CNCF ModelPack: `skopeo copy \
      oci-archive:NAME.oci.tar docker://…` pushes it as it is. Every file has its SHA-256. With the \
      profile zstd weights are independent zstd frames that `zstd -d | tar x` reads as well; with raw \
      they lie as they are.

      EXAMPLES
        weighbridge pack model-q4_k_m.gguf -o model.oci.tar
        weighbridge pack q8_0.gguf q4_k_m.gguf README.md -o ladder.oci.tar --name v1
        weighbridge pack ./checkpoint -o model.oci.tar --profile raw --license apache-2.0
      """)

  @Argument(help: "Model files, folders, and files that belong to them.")
  var models: [String]

  @Option(
    name: [.short, .long], help: ArgumentHelp("The bundle: NAME.oci.tar.", valueName: "file"))
  var output: String

  @Option(
    help:
      "How files are held: \(ModelBundle.Profile.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var profile: ModelBundle.Profile = .zstd

  @Option(help: ArgumentHelp("The tag by which registries know it.", valueName: "ref"))
  var name = "latest"

  @Option(help: ArgumentHelp("The license, as an SPDX id. Repeatable.", valueName: "id"))
  var license: [String] = []

  @Flag(name: [.short, .long], help: "Replace what is there already.")
  var force = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let bundle = try ModelBundle.pack(
      models, to: output, profile: profile, tag: name, licenses: license, replaces: force,
      using: common.resources)
    Console.report(bundle.diagnostics, common.verbosity)
    if json { Console.print(document(bundle).text()) }
    let content = bundle.files.reduce(0) { $0 + $1.bytes }
    let ratio = Double(bundle.bytes) / Double(max(content, 1)) * 100
    Console.note(
      "\(output): \(NumberFormat.counted(bundle.files.count, "file")), \(NumberFormat.bytes(content)) in "
        + "\(NumberFormat.bytes(bundle.bytes)) (\(NumberFormat.fixed(ratio, 1)) %), "
        + "identity \(bundle.identity ?? "unknown")", common.verbosity)
  }

  private func document(_ bundle: ModelBundle) -> JSONValue {
    [
      "schema": "weighbridge.pack/1", "output": JSONValue(output),
      "profile": JSONValue(profile.rawValue), "bytes": JSONValue(bundle.bytes),
      "manifestDigest": JSONValue(bundle.manifestDigest),
      "identity": bundle.identity.map { JSONValue($0) } ?? nil,
      "files": .array(
        bundle.files.map {
          [
            "path": JSONValue($0.path), "kind": JSONValue($0.kind),
            "bytes": JSONValue($0.bytes),
            "storedBytes": $0.storedBytes.map { JSONValue($0) } ?? nil,
            "sha256": $0.digest.map { JSONValue(String($0.dropFirst("sha256:".count))) } ?? nil,
          ]
        }),
      "warnings": .array(bundle.diagnostics.map { JSONValue($0.message) }),
    ]
  }
}

extension ModelBundle.Profile: ExpressibleByArgument {}
