import Foundation
import TestSupport
import Testing
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// What a comparison leaves for continuous integration and for model cards.
@Suite struct ReleaseTests {
  @Test func gatesAndCardsAreWritten() throws {
    let scratch = try ScratchFolder()
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: scratch.path + "/" + name, encoding: .utf8)
    }
    for (name, content) in [
      ("t.txt", String(repeating: "All work and no play. ", count: 100)),
      ("README.md", "# A model\n\nIt is mine.\n"), ("summary.md", "before\n"),
    ] {
      try content.write(toFile: scratch.path + "/" + name, atomically: true, encoding: .utf8)
    }
    let quantized = try Program.run(
      ["quantize", checkpoint, "-o", "q4.gguf", "--type", "Q4_0"], in: scratch.path)
    #expect(quantized.status == 0)
    let line = [
      "compare", checkpoint, "q4.gguf", "--text", "a=t.txt", "--text", "b=t.txt", "-c", "64",
      "--windows", "2", "--gate", "kld.p99<=100", "--gate", "sameTop@b>=101", "--junit", "g.xml",
      "--step-summary", "summary.md", "--card", "README.md", "--force",
    ]
    let first = try Program.run(line, in: scratch.path)
    #expect(first.status == 1, "\(first.errors)")
    #expect(first.errors.contains("sameTop@b"))
    let junit = try text("g.xml")
    #expect(junit.contains("tests=\"2\" failures=\"1\"") && junit.contains("<failure"))
    #expect(try text("summary.md").hasPrefix("before\n"))
    let card = try text("README.md")
    #expect(card.hasPrefix("# A model\n\nIt is mine.\n"))
    #expect(card.contains("SHA-256") && card.contains("--gate 'kld.p99&lt;=100'"))
    // A second run replaces its block.
    _ = try Program.run(line, in: scratch.path)
    #expect(try text("README.md") == card)
    let unknown = try Program.run(
      Array(line.prefix(4)) + ["t.txt", "-c", "64", "--windows", "1", "--gate", "nothing<=1"],
      in: scratch.path)
    #expect(unknown.status == 2 && unknown.errors.contains("no figure 'nothing'"))
  }
}
