import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Every file in `Fixtures/malformed`: one fault each, with the code and the offset it must give.
@Suite struct MalformedFixtureTests {
  static let files = ["gguf", "safetensors"].flatMap { folder in
    TestFiles.names(in: SharedData.fixture("malformed/\(folder)"), suffix: ".error")
      .map { "\(folder)/\($0.dropLast(".error".count))" }
  }

  private func open(_ file: String) throws(FormatError) -> Model {
    let tree = SingleFileTree(path: SharedData.fixture("malformed/\(file)"))
    if file.hasPrefix("gguf") { return try GGUF.open(tree.names[0], in: tree, limits: .default) }
    return try Safetensors.open(tree.names[0], in: tree, limits: .default)
  }

  @Test(arguments: files) func isRefusedWithItsError(_ file: String) throws {
    let golden = try TestFiles.text(SharedData.fixture("malformed/\(file).error"))
    let error = #expect(throws: FormatError.self) { _ = try open(file) }
    let place = error?.offset.map { "\($0)" } ?? "-"
    #expect("\(error?.code.rawValue ?? "") \(place)\n" == golden, "\(error?.description ?? "")")
  }

  /// The message is one line and names the file.
  @Test(arguments: files) func theMessageIsOneLine(_ file: String) throws {
    do {
      _ = try open(file)
      Issue.record("it was opened")
    } catch {
      #expect(!error.description.contains("\n"))
      #expect(error.source.hasPrefix(SharedData.fixture("malformed")))
      #expect(!error.message.isEmpty && error.message.utf8.count < 400)
    }
  }

  /// Opened by its content, the file is refused as well.
  @Test(arguments: files) func formatsRefusesIt(_ file: String) {
    #expect(throws: FormatError.self) {
      _ = try Formats.open(path: SharedData.fixture("malformed/\(file)"))
    }
  }

  @Test func everyCodeOfTheseFormatsHasAFile() throws {
    var seen: [String: Set<String>] = [:]
    for file in Self.files {
      let code = try TestFiles.text(SharedData.fixture("malformed/\(file).error"))
        .split(separator: " ")[0]
      seen[String(file.prefix { $0 != "/" }), default: []].insert(String(code))
    }
    #expect(
      seen["gguf"] == [
        "not-this-format", "unsupported-version", "truncated", "invalid-value", "overlap",
        "duplicate-name", "limit-exceeded", "missing-file",
      ])
    #expect(
      seen["safetensors"] == [
        "not-this-format", "truncated", "invalid-value", "invalid-utf8", "overlap",
        "duplicate-name", "limit-exceeded", "unsupported-encoding", "missing-file", "unsafe-path",
      ])
  }
}
