package import WeighbridgeByteIO
package import WeighbridgeJSON
private import Yams

/// Reads a YAML document as the value it has in JSON.
///
/// Plain scalars are resolved by YAML 1.2's core schema (`true`, `null`, `12`, `0x1F`, `1.5`, `.inf`);
/// `yes`, `no`, `on` and `off` are strings. A key that occurs twice is an error; an alias stands for what
/// it names, up to a limit on the whole, so that a small file cannot become a large value.
package enum YAMLDocument {
  /// What a document may hold, scalars and collections together.
  package static let nodeLimit = 100_000
  /// How deep collections may nest.
  package static let depthLimit = 64

  /// The value of the only document in `text`; `null` for an empty one.
  ///
  /// - Throws: `FormatError` that names `source`, line and column.
  package static func parse(_ text: String, in source: String) throws(FormatError) -> JSONValue {
    let node: Node?
    do { node = try Yams.compose(yaml: text, .basic) } catch {
      throw FormatError(.invalidValue, message(of: error), in: source)
    }
    guard let node else { return .null }
    var conversion = Conversion(source: source)
    return try conversion.value(of: node, depth: 0)
  }

  private static func message(of error: any Error) -> String {
    guard let error = error as? YamlError else { return "this is not YAML: \(error)" }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "this is not YAML: \(problem) (line \(mark.line), column \(mark.column))"
    case .duplicatedKeysInMapping(let keys, _):
      return "keys occur twice: \(keys.map { "\($0)" }.joined(separator: ", "))"
    case .reader(let problem, let offset, _, _):
      return "this is not YAML: \(problem)" + (offset.map { " (at byte \($0))" } ?? "")
    default: return "this is not YAML: \(error)"
    }
  }
}

/// One walk over the nodes of a document.
private struct Conversion {
  let source: String
  var nodes = 0

  mutating func value(of node: Node, depth: Int) throws(FormatError) -> JSONValue {
    nodes += 1
    guard nodes <= YAMLDocument.nodeLimit, depth <= YAMLDocument.depthLimit else {
      throw fault(.limitExceeded, "the document holds too much, or nests too deep", at: node)
    }
    switch node {
    case .scalar(let scalar): return Self.value(of: scalar)
    case .sequence(let sequence):
      var values: [JSONValue] = []
      for element in sequence { values.append(try value(of: element, depth: depth + 1)) }
      return .array(values)
    case .mapping(let mapping):
      var object = JSONObject()
      for (key, element) in mapping {
        guard case .scalar(let name) = key else {
          throw fault(.invalidValue, "a key must be a string", at: key)
        }
        let member = JSONObject.Member(
          ByteString(name.string), try value(of: element, depth: depth + 1))
        guard object.append(member) else {
          throw fault(.duplicateName, "the key '\(name.string)' occurs twice", at: key)
        }
      }
      return .object(object)
    case .alias: throw fault(.invalidValue, "an alias without an anchor", at: node)
    }
  }

  /// What a scalar is by the core schema of YAML 1.2, section 10.3.2; quoted ones are strings.
  private static func value(of scalar: Node.Scalar) -> JSONValue {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(ByteString(text)) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
    case ".nan", ".NaN", ".NAN": return .double(.nan)
    default: return number(text) ?? .string(ByteString(text))
    }
  }

  private static func number(_ text: String) -> JSONValue? {
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).map(JSONValue.integer) }
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8).map(JSONValue.integer) }
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard let first = digits.first, text.utf8.count - digits.count <= 1,
      (0x30...0x39).contains(first) || first == UInt8(ascii: "."),
      digits.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) })
    else { return nil }
    if let integer = Int(text) { return .integer(integer) }
    if let unsigned = UInt64(text) { return .unsigned(unsigned) }
    return Double(text).map(JSONValue.double)
  }

  private func fault(_ code: FormatError.Code, _ message: String, at node: Node) -> FormatError {
    let place = node.mark.map { " (line \($0.line), column \($0.column))" } ?? ""
    return FormatError(code, message + place, in: source)
  }
}
