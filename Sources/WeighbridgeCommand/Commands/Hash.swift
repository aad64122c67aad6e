import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `hash`: digests of tensors, files and content.
struct Hash: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the SHA-256 of each tensor, of the files, and of the content.",
    discussion: """
      The content hash is the same for the same tensors and metadata in any container: it covers names, \
      encodings, shapes, tensor bytes and metadata, sorted by name, and neither order nor alignment.

      --check takes what this command, sha256sum or gguf-py's gguf_hash has printed; status 1 if anything \
      differs. --manifest writes a Merkle tree over the tensors, of which --prove gives the few digests that \
      show that one tensor belongs to it.

      EXAMPLES
        weighbridge hash model.gguf > SUMS
        weighbridge hash model.gguf --check SUMS
        weighbridge hash ./checkpoint --json
        weighbridge hash model.gguf --files | sha256sum -c
        weighbridge hash model.gguf --uuid
        weighbridge hash model.gguf --manifest tree.json
        weighbridge hash model.gguf --prove token_embd.weight > proof.json
        weighbridge hash copy.gguf --check-proof proof.json
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Flag(help: "Print SHA-1 and SHA-256 of each tensor and of all, and a UUID, as gguf_hash does.")
  var sha1 = false

  @Flag(help: "Print the UUID of version 5 that gguf_hash gives the tensors.")
  var uuid = false

  @Flag(help: "With --sha1, only the digests of all tensors.")
  var noLayer = false

  @Option(
    help: ArgumentHelp("Check digests that were written down.", valueName: "sums"),
    completion: .file())
  var check: String?

  @Option(
    help: ArgumentHelp("Write a Merkle tree over the tensors.", valueName: "file"),
    completion: .file())
  var manifest: String?

  @Option(help: ArgumentHelp("Print the proof that a tensor belongs to it.", valueName: "tensor"))
  var prove: String?

  @Option(
    help: ArgumentHelp("Check such a proof; only its tensor is read.", valueName: "file"),
    completion: .file())
  var checkProof: String?

  @Flag(help: "Replace an existing manifest.")
  var force = false

  @Flag(help: "Print only the files' digests, as `sha256sum -c` reads them.")
  var files = false

  @Flag(help: "Print only the content hash.")
  var content = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [files, content, json].count(where: { $0 }) < 2 else {
      throw ValidationError("--files, --content and --json exclude each other")
    }
    let modes = [check != nil, manifest != nil, prove != nil, checkProof != nil, sha1 || uuid]
    guard modes.filter({ $0 }).count <= 1 else {
      throw ValidationError(
        "--check, --manifest, --prove, --check-proof and --sha1 or --uuid exclude each other")
    }
  }

  func run() throws {
    let page = try manifest.map { try TextOutput($0, replacing: force) }
    let opened = try OpenedModel(tensorsAt: Location(model))
    if let checkProof { return try verify(checkProof, on: opened) }
    try page?.checkInputs()
    if sha1 || uuid { return try printPlain(opened) }
    let digests = try opened.digests(using: common.resources)
    if let check { return try compare(check, digests, opened) }
    if let page {
      try page.write(opened.tree(of: digests).document + "\n")
      return Console.note("wrote \(page.place.name)", common.verbosity)
    }
    if let prove {
      guard let proof = opened.tree(of: digests).proof(of: prove) else {
        throw UsageError(message: "\(model) has no tensor '\(prove)'")
      }
      return Console.print(exactly: proof + "\n")
    }
    if json { return Console.print(json: digests.json) }
    if content { return Console.print(digests.content) }
    let own = digests.files.map { "\($0.sha256)  \($0.name.displayed())" }
    if files { return Console.print(own.joined(separator: "\n")) }
    var lines = digests.tensors.map { "\($0.sha256)  \($0.name.displayed())" }
    lines += own
    lines.append("\(digests.content)  content")
    Console.print(lines.joined(separator: "\n"))
  }

  private func printPlain(_ opened: OpenedModel) throws {
    let digests = try opened.plainDigests(ofEach: sha1 && !noLayer, using: common.resources)
    let entries = digests.entries.filter { sha1 || $0.kind == .uuid }
    if json {
      let listed: [JSONValue] = entries.map { entry in
        [
          "kind": JSONValue(entry.kind.rawValue), "digest": JSONValue(entry.digest),
          "tensor": entry.tensor.map { JSONValue($0) } ?? .null,
        ]
      }
      let document: JSONValue = ["schema": "weighbridge.hash-plain/1", "digests": .array(listed)]
      return Console.print(json: document)
    }
    let text = entries.map { entry in
      let kind = entry.kind.rawValue
      let column = kind + String(repeating: " ", count: max(0, 10 - kind.count))
      return "\(column)\(entry.digest)  \(model)\(entry.tensor.map { ":" + $0.displayed() } ?? "")"
    }
    Console.print(text.joined(separator: "\n"))
  }

  private func compare(_ sums: String, _ digests: ModelDigests, _ opened: OpenedModel) throws {
    let checked = try opened.check(digestsAt: sums, against: digests, using: common.resources)
    let wrong = checked.results.filter { $0.isRight != true }.count
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.hash-check/1", "checked": JSONValue(checked.results.count),
        "failed": JSONValue(wrong),
        "results": .array(
          checked.results.map {
            ["name": JSONValue($0.name), "status": JSONValue(Self.word($0.isRight))]
          }),
      ]
      Console.print(json: document)
    } else {
      let shown = checked.results.filter { common.verbosity != .quiet || $0.isRight != true }
      let lines = shown.map { "\($0.name.displayed()): \(Self.word($0.isRight))" }
      if !lines.isEmpty { Console.print(lines.joined(separator: "\n")) }
    }
    if wrong > 0 {
      throw CheckFailure(message: "\(wrong) of \(checked.results.count) digests do not match")
    }
  }

  private static func word(_ isRight: Bool?) -> String {
    isRight.map { $0 ? "OK" : "FAILED" } ?? "MISSING"
  }

  private func verify(_ path: String, on opened: OpenedModel) throws {
    let proof = try opened.check(proofAt: path)
    let name = proof.tensor.displayed()
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.hash-proof/1", "tensor": JSONValue(proof.tensor),
        "root": JSONValue(proof.root), "proven": .bool(proof.holds),
      ]
      Console.print(json: document)
    } else {
      Console.print("\(name): \(proof.holds ? "OK, it belongs to \(proof.root)" : "FAILED")")
    }
    if !proof.holds {
      throw CheckFailure(message: "\(name): it does not belong to the tree \(proof.root)")
    }
  }
}

extension ModelDigests {
  /// The document that `--json` prints.
  fileprivate var json: JSONValue {
    func list(_ entries: [Entry], _ key: ByteString) -> JSONValue {
      .array(
        entries.map { entry in
          var object = JSONObject()
          object[key] = JSONValue(entry.name)
          object["sha256"] = JSONValue(entry.sha256)
          return .object(object)
        })
    }
    return [
      "schema": "weighbridge.hash/1", "tensors": list(tensors, "name"),
      "files": list(files, "path"), "content": JSONValue(content),
    ]
  }
}
