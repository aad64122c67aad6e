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
      A bundle is an OCI image layout in a tar: `skopeo copy oci-archive:NAME.oci.tar docker://…` pushes \
      it as it is. Every file has its SHA-256, and any file is unpacked bit for bit.

      PROFILES
        dense  tensors taken apart into planes of like bits, each compressed by itself: the smallest,
               BF16 in two thirds; this program and the decoder of `unpack --how` read it
        zstd   an archive of each file in zstd frames, with CNCF ModelPack's media types:
               `zstd -d | tar x` reads it, and KitOps from 1.15 on
        raw    files as they are, with the same media types: what programs that run models from
               registries understand

      LADDERS
        With --ladder quantized files of the first model are packed with it. Of each only its header is
        stored, and what differs from quantizing anew, which for files of this program is nothing:
        `unpack --type Q4_K_M` makes the file again, bit for bit. Files that other programs have quantized
        from the first model are stored in the same way. With --base a fine-tuned model is stored as what
        differs from a bundle.

      EXAMPLES
        weighbridge pack model-q4_k_m.gguf -o model.oci.tar
        weighbridge pack model-bf16.gguf --ladder Q8_0,Q6_K,Q4_K_M -o ladder.oci.tar
        weighbridge pack model-bf16.gguf theirs-q4_0.gguf README.md -o both.oci.tar \\
          --name v1
        weighbridge pack tuned.gguf --base base.oci.tar -o tuned.oci.tar
        weighbridge pack ./checkpoint -o m.oci.tar --profile raw --license apache-2.0
      """)

  @Argument(help: "Model files, folders, and files that belong to them.", completion: .file())
  var models: [String]

  @Option(
    name: [.short, .long], help: ArgumentHelp("The bundle: NAME.oci.tar.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help:
      "How files are held: \(ModelBundle.Profile.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var profile: ModelBundle.Profile = .dense

  @Option(
    help: ArgumentHelp(
      "Types of quantized files to make of the first model: Q8_0,Q4_K_M.", valueName: "types"))
  var ladder: String?

  @Option(
    help: ArgumentHelp("The importance matrix of quantized files; packed too.", valueName: "file"),
    completion: .file())
  var importance: String?

  @Option(
    help: ArgumentHelp("Store tensors as differences from a bundle's.", valueName: "bundle"),
    completion: .file())
  var base: String?

  @Option(help: ArgumentHelp("The tag in a registry.", valueName: "ref"))
  var name = "latest"

  @Option(help: ArgumentHelp("The license, as an SPDX id. Repeatable.", valueName: "id"))
  var license: [String] = []

  @Flag(
    help: "Write NAME.intoto.json: what was packed, of what and how, as an in-toto statement.")
  var attest = false

  @Flag(help: "Replace what is there already.")
  var force = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    var models = models
    // The last is the bundle where it is no file yet and its name says so.
    var named = output
    if named == nil, models.count > 1, let last = models.last, last.hasSuffix(".tar"),
      FileIdentity(path: last) == nil
    {
      named = models.removeLast()
    }
    guard let output = named else {
      throw UsageError(
        message: "-o is missing: what should the bundle be called?",
        hint: "weighbridge pack \(models[0]) -o NAME.oci.tar")
    }
    try checkName()
    var request = PackRequest(
      paths: models, output: output, profile: profile, tag: name, licenses: license,
      replaces: force)
    request.ladder = (ladder ?? "").split(separator: ",").map { part in
      String(part.drop { $0 == " " })
    }
    request.importance = importance
    request.base = base
    if attest {
      request.attestation =
        (output.hasSuffix(".oci.tar") ? String(output.dropLast(8)) : output) + ".intoto.json"
    }
    let bundle = try ModelBundle.pack(request, using: common.resources)
    Console.report(bundle.diagnostics, common.verbosity)
    if json { Console.print(json: document(bundle, output)) }
    let content = bundle.files.reduce(0) { $0 + $1.bytes }
    let ratio = Double(bundle.bytes) / Double(max(content, 1)) * 100
    Console.note(
      "\(output): \(NumberFormat.counted(bundle.files.count, "file")), \(NumberFormat.bytes(content)) in "
        + "\(NumberFormat.bytes(bundle.bytes)) (\(NumberFormat.fixed(ratio, 1)) %), "
        + "identity \(bundle.identity ?? "unknown")", common.verbosity)
  }

  /// A tag that no registry takes would be found out by whoever pushes the bundle (OCI distribution
  /// specification, "Pulling manifests": the grammar of a reference).
  private func checkName() throws {
    guard (try? #/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}/#.wholeMatch(in: name)) ?? nil == nil else {
      return
    }
    throw UsageError(
      message: "--name '\(name)' is no tag that a registry takes",
      hint: "up to 128 letters, digits, '_', '.' and '-', beginning with none of the last two: v1.0"
    )
  }

  private func document(_ bundle: ModelBundle, _ output: String) -> JSONValue {
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
