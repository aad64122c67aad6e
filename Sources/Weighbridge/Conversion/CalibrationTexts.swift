internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTemplates
internal import WeighbridgeTokenizers

/// Texts to calibrate on, each with its share of the windows.
///
/// A text is a file, a folder of files, or JSON lines with a `text` or `messages` each; messages become
/// what the model's chat template makes of them.
struct CalibrationTexts {
  /// A piece of a text that is tokenized by itself.
  private struct Document {
    let bytes: [UInt8]
    /// Whether names of special tokens stand for these.
    var isRendered = false
  }

  /// One argument.
  private struct Source {
    let name: String
    let weight: Double
    var documents: [Document] = []
  }

  private var sources: [Source] = []
  private let model: String
  private var renderer: ConversationRenderer?
  private var rest = TextInput.limit

  /// Reads `PATH` or `PATH:WEIGHT`, each; `model` is the path of the model, for its template.
  init(_ arguments: [String], model: String) throws {
    self.model = model
    for argument in arguments {
      let (path, weight) = try Self.split(argument)
      var source = Source(name: TextInput.name(of: path), weight: weight)
      if DirectoryTree.isDirectory(path) {
        let names = try DirectoryTree(path: path).names
        guard !names.isEmpty else {
          throw FormatError(.invalidValue, "the folder holds no files", in: path)
        }
        for name in names { try add(path + "/" + name, to: &source) }
      } else {
        try add(path, to: &source)
      }
      sources.append(source)
    }
  }

  /// The path and the weight of an argument; a path that is there is taken as it is.
  static func split(_ argument: String) throws -> (path: String, weight: Double) {
    guard argument != "-", PathKind(following: argument) == nil,
      let colon = argument.lastIndex(of: ":"),
      let weight = Double(argument[argument.index(after: colon)...])
    else { return (argument, 1) }
    guard weight.isFinite, weight > 0 else {
      throw RequestError(message: "a text's weight is a number above 0, not that of '\(argument)'")
    }
    return (String(argument[..<colon]), weight)
  }

  /// The names of the texts.
  var names: [ByteString] { sources.map { ByteString($0.name) } }

  private mutating func add(_ path: String, to source: inout Source) throws {
    let bytes = try TextInput.readForMeasuring(path)
    guard UInt64(bytes.count) <= rest else {
      throw FormatError(
        .limitExceeded, "the texts have more than \(TextInput.limit) bytes together", in: path)
    }
    rest -= UInt64(bytes.count)
    let lower = path.lowercased()
    guard lower.hasSuffix(".jsonl") || lower.hasSuffix(".ndjson") else {
      source.documents.append(Document(bytes: bytes))
      return
    }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated()
    where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
      source.documents.append(try document(Array(line), "\(path), line \(number + 1)"))
    }
  }

  private mutating func document(_ line: [UInt8], _ place: String) throws -> Document {
    let value: JSONValue
    do { value = try JSONValue.parse(line) } catch { throw error.formatError(in: place) }
    if case .string(let text)? = value.object?["text"] { return Document(bytes: text.bytes) }
    guard let messages = value.object?["messages"], case .array = messages else {
      throw FormatError(
        .invalidValue, "an object with a 'text' or 'messages' is expected", in: place)
    }
    if renderer == nil { renderer = try ConversationRenderer(model: model) }
    var request = ConversationRenderer.Request(messages: messages)
    request.tools = value.object?["tools"]
    // The same bytes on every day.
    request.now = TemplateTime(year: 2026, month: 1, day: 1) ?? request.now
    let text = try renderer?.render(request) ?? ""
    return Document(bytes: Array(text.utf8), isRendered: true)
  }

  /// Cuts windows of `context` tokens, at most `limit` in all, of which some are held back.
  ///
  /// Each text gives as many as its weight says, as far as it has them: windows are dealt out one by one,
  /// so that every stretch of them has about these shares. Those that are held back come from the ends.
  func cut(
    context: Int, limit: Int, _ tokenizer: TextTokenizer, heldBack: (Int) -> Int
  ) throws -> (used: TokenWindows, heldBack: TokenWindows?) {
    var all: [[[Int32]]] = []
    var scored = 0..<0
    for source in sources {
      let tokens = source.documents.flatMap {
        tokenizer.encode($0.bytes, parseSpecial: $0.isRendered)
      }
      do {
        let cut = try TokenWindows(
          tokens: tokens, context: context, beginToken: tokenizer.beginToken)
        all.append(cut.windows)
        scored = cut.scored
      } catch {
        throw RequestError(
          message: "\(source.name) has \(tokens.count) tokens, fewer than one window of \(context)",
          hint: "--calibration-context takes shorter windows")
      }
    }
    let count = min(limit, all.reduce(0) { $0 + $1.count })
    let held = heldBack(count)
    let ends = deal(held, of: all.map(\.count))
    let dealt = deal(count - held, of: zip(all, ends.taken).map { $0.count - $1 })
    var judging: [[Int32]] = []
    var places = zip(all, ends.taken).map { $0.count - $1 }
    for source in ends.order {
      judging.append(all[source][places[source]])
      places[source] += 1
    }
    var used: [[Int32]] = []
    places = [Int](repeating: 0, count: all.count)
    for source in dealt.order {
      used.append(all[source][places[source]])
      places[source] += 1
    }
    return (
      TokenWindows(windows: used, scored: scored),
      judging.isEmpty ? nil : TokenWindows(windows: judging, scored: scored)
    )
  }

  /// Deals out `count` windows by the texts' weights, the next to the text that is furthest behind.
  private func deal(_ count: Int, of available: [Int]) -> (order: [Int], taken: [Int]) {
    var order: [Int] = []
    var taken = [Int](repeating: 0, count: available.count)
    for _ in 0..<count {
      let open = available.indices.filter { taken[$0] < available[$0] }
      let next = open.min {
        (Double(taken[$0]) + 0.5) / sources[$0].weight < (Double(taken[$1]) + 0.5)
          / sources[$1].weight
      }
      guard let next else { break }
      order.append(next)
      taken[next] += 1
    }
    return (order, taken)
  }
}
