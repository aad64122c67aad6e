internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeYAML

/// The front matter of a `README.md`: a YAML document between two lines of three hyphens.
struct ModelCard {
  /// What was noticed: a front matter that is not YAML is left out, since it is decoration.
  let problem: Diagnostic?
  private let content: JSONObject

  /// Reads the card of a checkpoint; empty where there is none.
  init(_ files: CheckpointFiles) {
    let name = files.name + "/README.md"
    do throws(FormatError) {
      self.init(try files.text("README.md") ?? "", in: name)
    } catch { self.init(problem: error.message, in: name) }
  }

  /// Reads a text.
  init(_ text: String, in source: String) {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    guard lines.first == "---" else {
      self.init(problem: nil, in: source)
      return
    }
    // Tabs as llama.cpp's converter takes them: YAML has no place for them, and cards have them.
    let matter = lines.dropFirst().prefix { $0 != "---" }.joined(separator: "\n")
    do throws(FormatError) {
      let document = try YAMLDocument.parse(
        matter.replacing("\t", with: "  ") + "\n", in: source)
      guard let object = document.object else {
        self.init(problem: document.isNull ? nil : "it is not a table of keys", in: source)
        return
      }
      self.init(object)
    } catch { self.init(problem: error.message, in: source) }
  }

  private init(_ content: JSONObject) {
    self.content = content
    self.problem = nil
  }

  private init(problem: String?, in source: String) {
    self.content = JSONObject()
    self.problem = problem.map {
      Diagnostic(.warning, "model-card", at: source, "the front matter is left out: \($0)")
    }
  }

  /// The value of a key.
  subscript(key: String) -> JSONValue? { content[ByteString(key)] }

  /// The elements of a list, or a scalar as the only one.
  func list(_ key: String) -> [JSONValue] {
    switch self[key] {
    case .array(let values)?: values
    case .string(let text)?: [.string(text)]
    case .object?, .integer?, .unsigned?, .double?, .bool?, .null?, nil: []
    }
  }
}
