internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// JSON as one sequence of bytes: no spaces, keys sorted by bytes, UTF-8 unescaped but for what
/// JSON demands.
///
/// The digests of manifests depend on it (BND-40); they hold no fractions.
enum CanonicalJSON {
  static func encode(_ value: JSONValue) -> [UInt8] {
    var output: [UInt8] = []
    append(value, to: &output)
    return output
  }

  private static func append(_ value: JSONValue, to output: inout [UInt8]) {
    switch value {
    case .null: output += Array("null".utf8)
    case .bool(let truth): output += Array((truth ? "true" : "false").utf8)
    case .integer(let number): output += Array(String(number).utf8)
    case .unsigned(let number): output += Array(String(number).utf8)
    case .double(let number): output += Array("\(number)".utf8)
    case .string(let text): output += text.quoted
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(element, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      output.append(UInt8(ascii: "{"))
      let members = object.members.sorted { $0.key < $1.key }
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        output += member.key.quoted
        output.append(UInt8(ascii: ":"))
        append(member.value, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }
}
