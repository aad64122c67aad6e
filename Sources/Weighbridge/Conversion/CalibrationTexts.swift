internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Texts to calibrate on, each with its share of the windows.
struct CalibrationTexts {
  /// One argument.
  private struct Source {
    let name: String
    let weight: Double
    let documents: TextDocuments
  }

  private let sources: [Source]

  /// Reads `PATH` or `PATH:WEIGHT`, each a source of texts.
  init(_ arguments: [String]) throws {
    sources = try arguments.map { argument in
      let (path, weight) = try Self.split(argument)
      return Source(
        name: TextInput.name(of: path), weight: weight,
        documents: try TextDocuments(TextSource(path)))
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

  /// Cuts windows of `context` tokens, at most `limit` in all, of which some are held back.
  ///
  /// Each text gives as many as its weight says, as far as it has them: windows are dealt out one by one,
  /// so that every stretch of them has about these shares. Those that are held back come from the ends.
  func cut(
    context: Int, limit: Int, _ cutter: TextCutter, heldBack: (Int) -> Int
  ) throws -> (used: TokenWindows, heldBack: TokenWindows?) {
    var all: [[[Int32]]] = []
    var scored = 0..<0
    for source in sources {
      let tokens = try cutter.stream(source.documents).tokens
      do {
        let cut = try TokenWindows(
          tokens: tokens, context: context, beginToken: cutter.tokenizer.beginToken)
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
