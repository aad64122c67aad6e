import Testing
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeYAML

@Suite struct YAMLDocumentTests {
  private func json(_ text: String) throws -> JSONValue {
    try YAMLDocument.parse(text, in: "test.yaml")
  }

  @Test("plain scalars follow the core schema of YAML 1.2; quoted ones are strings")
  func scalars() throws {
    let cases: [(String, JSONValue)] = [
      ("true", .bool(true)), ("yes", .string("yes")), ("no", .string("no")), ("~", .null),
      ("12", .integer(12)), ("-3", .integer(-3)), ("0x1F", .integer(31)), ("0o17", .integer(15)),
      ("1.5", .double(1.5)), ("1e-5", .double(1e-5)), (".inf", .double(.infinity)),
      ("18446744073709551615", .unsigned(.max)), ("\"12\"", .string("12")),
      ("'true'", .string("true")),
      ("1.2.3", .string("1.2.3")), ("Q4_K", .string("Q4_K")), ("12:30", .string("12:30")),
      ("!!str 12", .string("12")), ("! 12", .string("12")), ("!!int 12", .integer(12)),
      ("|\n  12\n", .string("12\n")), ("--- 12\n...\n", .integer(12)), ("# none\n", .null),
      ("nan", .string("nan")), ("inf", .string("inf")), ("2024-01-02", .string("2024-01-02")),
    ]
    for (text, value) in cases { #expect(try json(text) == value, "\(text)") }
    #expect(try json("") == .null)
  }

  @Test("mappings keep their order, sequences nest, aliases stand for what they name")
  func collections() throws {
    let value = try json("b: [1, x]\na:\n  - &k {c: 2}\n  - *k\n")
    guard case .object(let object) = value else { throw FormatError(.invalidValue, "", in: "") }
    #expect(object.members.map(\.key) == ["b", "a"])
    #expect(object["b"] == .array([.integer(1), .string("x")]))
    guard case .array(let list)? = object["a"] else { throw FormatError(.invalidValue, "", in: "") }
    #expect(list.count == 2 && list[0] == list[1])
  }

  @Test("what is not a plain document is one error with its line")
  func faults() {
    let bomb =
      "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
      + zip("abcdefg", "bcdefgh").map { old, new in
        "\(new): &\(new) [" + Array(repeating: "*\(old)", count: 10).joined(separator: ",") + "]\n"
      }.joined()
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    for text in [
      "a: 1\na: 2\n", "a: [1", "? [1, 2]\n: 3\n", "a: *b\n", bomb, deep, "a: &a [*a]\n",
      "a\n---\nb\n", "a: \u{1}\n", "%YAML 3.0\n--- a\n",
    ] {
      #expect(throws: FormatError.self, "\(text.prefix(30))") { try json(text) }
    }
    let error = #expect(throws: FormatError.self) { try json("a: 1\nb: [1,\nc: }\n") }
    #expect(error?.message.contains("line") == true)
  }
}
