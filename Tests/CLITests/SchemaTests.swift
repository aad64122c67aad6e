import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// Every document is as Specs/schemas says, and nothing more.
@Suite struct SchemaTests {
  private static let folder = SharedData.packageFolder + "/Specs/schemas"

  /// The schema of a document, by its name: `weighbridge.compare/1` is `compare.json`.
  private static func schema(_ name: String) throws -> JSONSchema? {
    let stem = name.split(separator: "/").first?.dropFirst("weighbridge.".count) ?? ""
    let path = folder + "/\(stem).json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    return JSONSchema(try JSONValue.parse(bytes))
  }

  private static let measure = ["--text", "t.txt", "-c", "64", "--windows", "2", "--json"]

  /// A line that prints one document; those before make what it needs.
  private static let lines: [[String]] = [
    ["convert", checkpoint, "-o", "f16.gguf", "--type", "F16", "--json"],
    ["convert", checkpoint, "--dry-run", "--json"],
    ["quantize", "f16.gguf", "-o", "q4.gguf", "--type", "Q4_K_M", "--json"],
    ["quantize", "f16.gguf", "--type", "Q8_0", "--dry-run", "--json"],
    ["quantize", "f16.gguf", "-o", "p.gguf", "--type", "Q4_0", "--part", "1/2", "--json"],
    ["quantize", "f16.gguf", "-o", "p.gguf", "--type", "Q4_0", "--part", "2/2", "--json"],
    ["join", "p.gguf", "--json"],
    ["quantize", "--types", "--json"],
    ["imatrix", "f16.gguf", "--text", "t.txt", "-c", "64", "-o", "im.gguf", "--json"],
    ["imatrix", "--show", "im.gguf", "--json"],
    ["calibrate", "f16.gguf", "--text", "t.txt", "-c", "64", "-o", "st.gguf", "--json"],
    ["inspect", "st.gguf", "--json"],
    ["quantize", "f16.gguf", "-o", "qc.gguf", "--budget", "as:Q4_0", "--calibrate", "st.gguf"]
      + ["--effort", "fast", "--json"],
    ["inspect", "q4.gguf", "--json"], ["inspect", checkpoint, "--json"],
    ["inspect", "q4.gguf", "--stats", "--memory-for", "8k", "--gpu-layers", "2", "--json"],
    ["inspect", "im.gguf", "--json"],
    ["hash", "q4.gguf", "--json"], ["tokenize", checkpoint, "Hi", "--json"],
    ["detokenize", checkpoint, "--tokens", "1,2,300", "--json"],
    ["render", "--template", "c.jinja", "--messages", "m.json", "--json"],
    ["perplexity", "q4.gguf"] + measure, ["perplexity", "q4.gguf", "-v"] + measure,
    ["perplexity", "q4.gguf", "--dry-run"] + measure,
    ["compare", "f16.gguf", "q4.gguf"] + measure,
    ["compare", "f16.gguf", "q4.gguf", "--max-kld", "0.00001"] + measure,
    ["compare", "f16.gguf", "q4.gguf", "--dry-run"] + measure,
    ["compare", "f16.gguf", "q4.gguf", "--text", "chat=l.jsonl", "--template", "c.jinja"] + measure,
    ["ladder", "f16.gguf", "--types", "Q8_0,Q4_0", "-o", "ladder"] + measure,
    ["tasks", "f16.gguf", "q4.gguf", "--file", "k.jsonl", "--max-loss", "100", "--json"],
    ["pack", "q4.gguf", "-o", "b.oci.tar", "--json"], ["inspect", "b.oci.tar", "--json"],
    ["verify", "b.oci.tar", "--json"], ["unpack", "b.oci.tar", "-o", "u", "--json"],
    ["split", "q4.gguf", "-o", "part", "--tensors", "20", "--json"],
    ["merge", "part-00001-of-00002.gguf", "-o", "whole.gguf", "--json"],
    ["merge", "part-00001-of-00002.gguf", "--dry-run", "--json"],
    ["logits", "q4.gguf", "--tokens", "1,2,3", "-o", "l.npy", "--json"],
    ["validate", "q4.gguf", "--json"], ["validate", "t.txt", "--json"],
    ["diff", "f16.gguf", "q4.gguf", "--json"], ["diff", "q4.gguf", "q4.gguf", "--json"],
    ["edit", "q4.gguf", "--chat-template", "c.jinja", "--set", "x.y=i32[]:[1]", "-o", "e.gguf"]
      + ["--rename", "output_norm.weight=norm.weight", "--reserve", "4KiB", "--json"],
    ["diff", "q4.gguf", "e.gguf", "--json"],
    ["edit", "e.gguf", "--remove", "x.y", "--in-place", "--json"],
    ["hash", "q4.gguf", "--sha1", "--json"], ["hash", "q4.gguf", "--uuid", "--json"],
    ["hash", "q4.gguf", "--check", "sums", "--json"],
    ["hash", "q4.gguf", "--prove", "output_norm.weight"],
    ["hash", "q4.gguf", "--check-proof", "proof.json", "--json"],
    ["convert", "--architectures", "--json"],
    ["inspect", "no-such-file", "--json"], ["quantize", "--json"], ["convrt", "--json"],
    ["compare", "f16.gguf", "--json"],
  ]

  @Test func everyDocumentIsAsItsSchemaSays() throws {
    let scratch = try ScratchFolder()
    for (name, text) in [
      ("t.txt", String(repeating: "All work and no play. ", count: 200)),
      ("c.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}"),
      ("m.json", #"[{"role": "user", "content": "Hi"}]"#),
      (
        "l.jsonl",
        #"{"messages": [{"role": "user", "content": "A question of words"}]}"# + "\n"
          + #"{"conversations": [{"from": "gpt", "value": "An answer of words"}]}"# + "\n"
      ),
      ("k.jsonl", #"{"question": "Two and two is", "choices": ["four", "red"], "answer": 0}"#),
      ("sums", String(repeating: "0", count: 64) + "  content\n"),
    ] {
      try text.write(toFile: scratch.path + "/" + name, atomically: true, encoding: .utf8)
    }
    var seen: Set<String> = []
    for line in Self.lines {
      let run = try Program.run(line, in: scratch.path)
      if line.contains("--prove") {
        try run.output.write(
          toFile: scratch.path + "/proof.json", atomically: true, encoding: .utf8)
      }
      let document = try run.json()
      let name = document["schema"]?.text ?? ""
      seen.insert(name)
      guard let schema = try Self.schema(name) else {
        Issue.record("\(line): there is no schema for \(name)")
        continue
      }
      let faults = schema.faults(of: document)
      #expect(faults.isEmpty, "\(line): \(faults.prefix(5))")
    }
    // What is described is printed by one of the lines, too.
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
      .filter { $0.hasSuffix(".json") }.map { "weighbridge.\($0.dropLast(5))" }
    let printed = seen.map { String($0.prefix { $0 != "/" }) }
    let untested = Set(names).subtracting(printed).subtracting(["weighbridge.cost"])
    #expect(untested.isEmpty, "\(untested.sorted())")
  }

  /// A failure is a document, too, with the code that the line in brackets has.
  @Test func failuresAreDocuments() throws {
    let missing = try Program.run(["inspect", "/no/such", "--json"])
    #expect(missing.status == 4)
    let document = try missing.json()
    #expect(document["schema"]?.text == "weighbridge.error/1" && document["code"]?.text == "io")
    #expect(document["status"]?.integer == 4)
    let usage = try Program.run(["quantize", checkpoint, "--json"])
    #expect(try usage.json()["code"]?.text == "usage" && usage.status == 2)
    // Without --json nothing is on standard output.
    #expect(try Program.run(["inspect", "/no/such"]).output.isEmpty)
  }

  /// The validator finds what is wrong: it would be no proof otherwise.
  @Test(arguments: [
    #"{"a":1}"#, #"{"a":"x","b":[1],"c":0}"#, #"{"a":"x"}"#, #"{"a":"x","b":["1"]}"#, "[]",
  ])
  func theValidatorSeesFaults(_ text: String) throws {
    let schema = JSONSchema(
      try JSONValue.parse(
        Array(
          """
          {"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array",
          "items":{"type":"integer"}}},"required":["a","b"],"additionalProperties":false}
          """.utf8)))
    #expect(!schema.faults(of: try JSONValue.parse(Array(text.utf8))).isEmpty)
    #expect(schema.faults(of: try JSONValue.parse(Array(#"{"a":"x","b":[1]}"#.utf8))).isEmpty)
  }
}
