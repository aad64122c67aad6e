internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// A tokenizer as its `tokenizer.json` describes it: step by step, whatever the steps are.
///
/// GGUF has one name for all the steps together; this is what the name is checked against, and what
/// cuts text where no name is known.
package struct StructuredTokenizer: Sendable {
  private let normalizer: [NormalizationStep]
  private let steps: [SplitStep]
  private let model: any StructuredModel
  /// Looked for in the text as it is.
  private let literal: AddedVocabulary
  /// Looked for in the normalized text.
  private let normalized: AddedVocabulary
  /// What the post-processor puts before a text.
  let before: [TokenID]
  /// What it puts after one.
  let after: [TokenID]

  /// Reads a parsed `tokenizer.json`; throws where a step in it is not known.
  package init(_ document: JSONValue, in source: String = "tokenizer.json") throws(ModelError) {
    do throws(PatternError) { try self.init(parsed: document) } catch {
      throw ModelError(.unsupportedTokenizer, source, error.message)
    }
  }

  private init(parsed document: JSONValue) throws(PatternError) {
    let normalizer = try NormalizationStep.steps(document["normalizer"])
    self.normalizer = normalizer
    steps = try SplitStep.steps(document["pre_tokenizer"])
    model = try Self.model(document["model"])
    let added = document["added_tokens"]?.array ?? []
    let isNormalized = { (entry: JSONValue) in
      entry["normalized"]?.bool ?? !(entry["special"]?.bool ?? false)
    }
    literal = try AddedVocabulary(added.filter { !isNormalized($0) }) { $0 }
    normalized = try AddedVocabulary(added.filter(isNormalized)) { text in
      normalizer.reduce(text) { $1.apply($0) }
    }
    (before, after) = Self.frame(document["post_processor"], added)
  }

  private static func model(_ model: JSONValue?) throws(PatternError) -> any StructuredModel {
    guard let model else { throw PatternError("there is no model") }
    switch model["type"]?.text {
    case "BPE": return try StructuredPairs(model)
    case "WordPiece": return try StructuredWordPiece(model)
    case "Unigram": return try StructuredUnigram(model)
    case "WordLevel": return try StructuredWords(model)
    case nil:
      // Files of before 2021 do not name the model.
      if model["merges"] != nil { return try StructuredPairs(model) }
      if model["vocab"]?.array != nil { return try StructuredUnigram(model) }
      return try StructuredWordPiece(model)
    case let type?: throw PatternError("the model '\(type)' is not known")
    }
  }

  /// The tokens that a post-processor puts before and after a text.
  private static func frame(
    _ processor: JSONValue?, _ added: [JSONValue]
  ) -> (before: [TokenID], after: [TokenID]) {
    var before: [TokenID] = []
    var after: [TokenID] = []
    for step in processor?["processors"]?.array ?? processor.map({ [$0] }) ?? [] {
      switch step["type"]?.text {
      case "TemplateProcessing":
        var isBefore = true
        for entry in step["single"]?.array ?? [] {
          guard let name = entry["SpecialToken"]?["id"]?.string else {
            isBefore = false
            continue
          }
          let ids = step["special_tokens"]?[name]?["ids"]?.array ?? []
          let tokens = ids.compactMap { $0.integer.flatMap { TokenID(exactly: $0) } }
          if isBefore { before += tokens } else { after += tokens }
        }
      case "BertProcessing", "RobertaProcessing":
        func id(_ key: ByteString) -> [TokenID] {
          let id = step[key]?.array?.last?.integer
          return id.flatMap { TokenID(exactly: $0) }.map { [$0] } ?? []
        }
        before += id("cls")
        after += id("sep")
      default: break
      }
    }
    return (before, after)
  }

  /// Cuts a text into tokens, as the reference implementation does.
  ///
  /// `addSpecial` frames them as the post-processor says; `parseSpecial` takes the names of special
  /// tokens in the text for the tokens.
  package func encode(
    _ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = true
  ) -> [TokenID] {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
    var output: [TokenID] = addSpecial ? before : []
    for part in literal.split(scalars, parsesSpecial: parseSpecial) {
      switch part {
      case .token(let id): output.append(id)
      case .text(let range):
        encode(
          Array(scalars[range]), isFirst: range.lowerBound == 0, parseSpecial, into: &output)
      }
    }
    return addSpecial ? output + after : output
  }

  private func encode(
    _ text: [UInt32], isFirst: Bool, _ parseSpecial: Bool, into output: inout [TokenID]
  ) {
    let text = normalizer.reduce(text) { $1.apply($0) }
    for part in normalized.split(text, parsesSpecial: parseSpecial) {
      switch part {
      case .token(let id): output.append(id)
      case .text(let range):
        var words = [Array(text[range])]
        for step in steps {
          words = step.apply(words, isFirst: isFirst && range.lowerBound == 0)
        }
        for word in words where !word.isEmpty { model.encode(word, into: &output) }
      }
    }
  }
}
