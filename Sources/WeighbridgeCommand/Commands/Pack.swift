import ArgumentParser
import Weighbridge
package import WeighbridgeBundles
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
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
    help: "How files are held: \(BundleProfile.allCases.map(\.rawValue).joined(separator: ", ")).")
  var profile: BundleProfile = .zstd

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
    var options = PackOptions()
    options.profile = profile
    options.reference = name
    options.replaces = force
    options.workers = common.workerCount
    var selection = PackSelection()
    for model in models { try selection.add(model, isOnly: models.count == 1) }
    var description = selection.description
    if !license.isEmpty { description.licenses = license }
    let summary = try BundleWriter.pack(
      selection.inputs, description: description, to: output, options: options,
      progress: common.progress)
    Console.report(
      summary.warnings.map {
        Weighbridge.Diagnostic(.warning, "registry-limit", at: output, $0)
      }, common.verbosity)
    if json { Console.print(document(summary).text()) }
    let content = summary.files.reduce(0) { $0 + $1.byteCount }
    let ratio = Double(summary.byteCount) / Double(max(content, 1)) * 100
    Console.note(
      "\(output): \(summary.files.count) files, \(NumberFormat.bytes(content)) in "
        + "\(NumberFormat.bytes(summary.byteCount)) (\(NumberFormat.fixed(ratio, 1)) %), "
        + "identity \(summary.identity)", common.verbosity)
  }

  private func document(_ summary: BundleSummary) -> JSONValue {
    [
      "schema": "weighbridge.pack/1", "output": JSONValue(output),
      "profile": JSONValue(summary.profile.rawValue), "bytes": JSONValue(summary.byteCount),
      "manifestDigest": JSONValue(summary.manifestDigest), "identity": JSONValue(summary.identity),
      "files": .array(
        summary.files.map {
          [
            "path": JSONValue($0.path), "kind": JSONValue($0.kind.rawValue),
            "bytes": JSONValue($0.byteCount), "storedBytes": JSONValue($0.storedByteCount),
            "sha256": JSONValue(String($0.digest.dropFirst("sha256:".count))),
          ]
        }),
      "warnings": .array(summary.warnings.map { JSONValue($0) }),
    ]
  }
}

extension BundleProfile: ExpressibleByArgument {}
