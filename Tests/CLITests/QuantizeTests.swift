import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// Options of `quantize`, through the program.
@Suite struct QuantizeTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func theReportHasThreeForms() throws {
    let folder = try ScratchFolder()
    var documents: [JSONValue] = []
    for ending in ["json", "html", "md"] {
      let run = try Program.run([
        "quantize", checkpoint, "-o", folder.path + "/\(ending).gguf", "--type", "Q4_K_M",
        "--report", folder.path + "/cost.\(ending)", "--importance",
        SharedData.fixture("golden/imatrix.gguf"), "--json",
      ])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("weighed by importance") && run.errors.contains("most of it: "))
      documents.append(try run.json())
    }
    let report = try JSONValue.parse(Array(try Self.text(folder.path + "/cost.json").utf8))
    #expect(report["schema"]?.text == "weighbridge.cost/1")
    let tensors = try #require(report["tensors"]?.array)
    #expect(tensors.count == 39)
    let shares = tensors.compactMap { $0["share"]?.double }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
    let encoded = tensors.filter { $0["from"] != $0["to"] }
    for tensor in encoded {
      for key in ["rmse", "relativeError", "cosine", "largestError", "bits"] {
        #expect(tensor[ByteString(key)]?.double ?? 0 > 0, "\(key)")
      }
    }
    #expect(encoded.count { $0["importanceError"]?.double != nil } == 28)
    #expect(documents.allSatisfy { $0["cost"]?["rmse"] == report["rmse"] })
    let page = try Self.text(folder.path + "/cost.html")
    #expect(page.contains("<svg") && page.contains("blk.0.ffn_down.weight"))
    #expect(!page.contains("://"))
    let markdown = try Self.text(folder.path + "/cost.md")
    #expect(markdown.split(separator: "\n").count { $0.hasPrefix("| ") } == 40)
  }

  @Test func aReportIsRefusedBeforeTheWork() throws {
    let folder = try ScratchFolder()
    let base = [
      "quantize", checkpoint, "-o", folder.path + "/o.gguf", "--type", "Q8_0", "--report",
    ]
    #expect(try Program.run(base + [folder.path + "/cost.pdf"]).status == 2)
    #expect(try Program.run(base + [folder.path + "/cost.json", "--dry-run"]).status == 2)
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/cost.md"))
    #expect(try Program.run(base + [folder.path + "/cost.md"]).status == 4)
    #expect(folder.contents == ["cost.md"])
  }

  @Test func aRecipeCanBeAFile() throws {
    let folder = try ScratchFolder()
    let recipe = folder.path + "/my-recipe.yaml"
    let text = """
      # Careful with values, careless with the rest.
      base: Q4_K
      output: q8_0
      rules:
        - role: value
          layers: first 1/4, -1   # two of four
          type: Q6_K
        - {match: 'ffn_(up|gate)', type: Q3_K}

      """
    try text.write(toFile: recipe, atomically: true, encoding: .utf8)
    for command in ["quantize", "convert"] {
      let run = try Program.run([
        command, checkpoint, "-o", folder.path + "/\(command).gguf", "--type", recipe, "--json",
      ])
      #expect(run.status == 0, "\(run.errors)")
      let document = try run.json()
      #expect(document["recipe"]?.text == "my-recipe")
      var encodings: [String: String] = [:]
      for row in document["tensors"]?.array ?? [] {
        encodings[row["name"]?.text ?? ""] = row["to"]?.text
      }
      #expect(encodings["blk.0.attn_v.weight"] == "Q6_K" && encodings["output.weight"] == "Q8_0")
      #expect(
        encodings["blk.1.attn_v.weight"] == "Q4_K" && encodings["blk.3.ffn_up.weight"] == "Q3_K")
    }
    for (broken, place) in [
      ("base: Q4_K\nrules:\n  - {role: vlaue, type: Q8_0}\n", "'rules[1].role'"),
      ("base: [\n", "line 2"), ("base: Q4_K\nbase: Q8_0\n", "base"),
    ] {
      try broken.write(toFile: recipe, atomically: true, encoding: .utf8)
      let run = try Program.run(["quantize", checkpoint, "--type", recipe, "--dry-run"])
      #expect(run.status == 3 && run.errors.contains(recipe) && run.errors.contains(place))
    }
  }

  /// As llama-quantize --keep-split: each part holds what it held.
  @Test func aSplitModelKeepsItsParts() throws {
    let folder = try ScratchFolder()
    let whole = folder.path + "/whole.gguf"
    #expect(try Program.run(["convert", checkpoint, "-o", whole, "--type", "F16"]).status == 0)
    #expect(
      try Program.run(["split", whole, "-o", folder.path + "/in", "--tensors", "15"]).status == 0)
    let first = folder.path + "/in-00001-of-00003.gguf"
    let arguments = ["quantize", first, "--type", "Q8_0", "--keep-split", "--json"]
    let planned = try Program.run(arguments + ["-o", folder.path + "/out.gguf", "--dry-run"]).json()
    let run = try Program.run(arguments + ["-o", folder.path + "/out.gguf"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.json()["files"] == planned["files"])
    for part in 1...3 {
      let names = try ["in", "out"].map { prefix in
        try Program.run(
          ["inspect", folder.path + "/\(prefix)-0000\(part)-of-00003.gguf", "--json"]
        ).json()["tensors"]?.array?.filter { $0["file"]?.text?.contains("-0000\(part)-") ?? false }
          .map { $0["name"]?.text }
      }
      #expect(names[0] == names[1] && names[0]?.isEmpty == false)
    }
    // The same bytes as in one file.
    let single = folder.path + "/single.gguf"
    #expect(try Program.run(["quantize", whole, "-o", single, "--type", "Q8_0"]).status == 0)
    let digests = try [single, folder.path + "/out-00002-of-00003.gguf"].map { path in
      Set(try Program.run(["hash", path, "--json"]).json()["tensors"]?.array ?? [])
    }
    #expect(digests[0] == digests[1] && digests[0].count == 39)
    let refused = try Program.run([
      "quantize", checkpoint, "-o", folder.path + "/x.gguf", "--type", "Q8_0", "--keep-split",
    ])
    #expect(refused.status == 2 && refused.errors.contains("split GGUF"))
  }

  @Test func aSplitIsKnownBeforehand() throws {
    let folder = try ScratchFolder()
    let arguments = [
      "quantize", checkpoint, "-o", folder.path + "/out.gguf", "--type", "Q4_K_M", "--split-size",
      "500KB", "--json",
    ]
    let planned = try Program.run(arguments + ["--dry-run"]).json()["files"]?.array ?? []
    #expect(folder.contents.isEmpty && planned.count > 2)
    #expect(try Program.run(arguments).status == 0)
    for file in planned {
      let path = try #require(file["path"]?.text)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect(size == file["bytes"]?.integer && size != nil)
    }
  }

  /// Nobody knows the family: general rules, and a line that says so.
  @Test func anUnknownArchitectureIsQuantizedByGeneralRules() throws {
    let folder = try ScratchFolder()
    let strange = folder.path + "/strange.gguf"
    #expect(
      try Program.run([
        "quantize", checkpoint, "-o", strange, "--type", "F16", "--override",
        "general.architecture=str:neverheardof",
      ]).status == 0)
    let run = try Program.run([
      "quantize", strange, "-o", folder.path + "/out.gguf", "--type", "Q4_K_M", "--json",
    ])
    #expect(run.status == 0 && run.errors.contains("'neverheardof' is not known here"))
    let encodings = try Set((run.json()["tensors"]?.array ?? []).compactMap { $0["to"]?.text })
    #expect(encodings == ["Q4_K", "Q6_K", "F32"])
  }

  /// Errata E-1: llama-quantize's bytes and a warning, or right blocks where they are asked for.
  ///
  /// The expected hash is that of llama-quantize (-ffp-contract=off) for the same weights in F16.
  @Test func zerosInARowGiveTheReferencesBytesOrRightOnes() throws {
    let folder = try ScratchFolder()
    let sparse = folder.path + "/sparse"
    try FileManager.default.copyItem(atPath: checkpoint, toPath: sparse)
    try Self.thin("up_proj", of: sparse + "/model.safetensors")
    let base = ["quantize", sparse, "--type", "IQ3_S", "--json", "-o"]
    let reference = try Program.run(base + [folder.path + "/reference.gguf"])
    #expect(reference.status == 0 && reference.errors.contains("[misencoded-blocks]"))
    let counted = try reference.json()["misencoded"]?.array ?? []
    #expect(counted.map { $0["blocks"]?.integer } == [768, 768, 768, 768])
    let amended = try Program.run(base + [folder.path + "/amended.gguf", "--amend-encoders"])
    #expect(amended.status == 0 && !amended.errors.contains("[misencoded-blocks]"))
    #expect(try amended.json()["misencoded"]?.array == [])

    let hashes = try Program.run(["hash", folder.path + "/reference.gguf", "--json"]).json()
    let tensor = hashes["tensors"]?.array?.first { $0["name"]?.text == "blk.0.ffn_up.weight" }
    #expect(
      tensor?["sha256"]?.text
        == "02fcdc49f56d645e63c4f5d5c4cd45fdcdb1bc2c0b9b4256db5381905150e38a")
    let errors = try [reference, amended].map {
      try #require($0.json()["cost"]?["relativeError"]?.double)
    }
    #expect(errors[0] > 0.4 && errors[1] < 0.2, "\(errors)")
  }

  /// Makes each fifth run of 32 elements of some BF16 tensors zero.
  private static func thin(_ name: String, of path: String) throws {
    let place = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: place)
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONValue.parse(Array(data[8..<8 + length]))
    for member in header.object?.members ?? [] where member.key.text.contains(name) {
      let range = member.value["data_offsets"]?.array?.compactMap(\.integer) ?? []
      for start in stride(from: range[0], to: range[1], by: 320) {
        let first = 8 + length + start
        data.replaceSubrange(first..<first + 64, with: Data(count: 64))
      }
    }
    try data.write(to: place)
  }
}
