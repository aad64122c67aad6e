import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

/// Texts that RFC 8259 allows, refuses, or leaves to the parser, in the manner of JSONTestSuite.
@Suite struct JSONParserTests {
  private func parse(_ text: String, depth: Int = 64) throws(JSONError) -> JSONValue {
    try JSONValue.parse(Array(text.utf8), depth: depth)
  }

  @Test(
    arguments: [
      ("null", .null), ("true", .bool(true)), ("false", .bool(false)), (" 0 ", .integer(0)),
      ("-0", .integer(0)), ("-1", .integer(-1)), ("1.0", .double(1)), ("1e3", .double(1000)),
      ("1E+2", .double(100)), ("0.5e-1", .double(0.05)), ("-0.0", .double(-0.0)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)),
      ("18446744073709551615", .unsigned(.max)), ("18446744073709551616", .double(0x1p64)),
      ("\"\"", .string("")), ("\"a\\/b\"", .string("a/b")),
      ("\"\\\"\\\\\\b\\f\\n\\r\\t\"", .string("\"\\\u{8}\u{C}\n\r\t")),
      ("\"\\u0041\\u00e9\\u20ac\"", .string("Aé€")), ("\"\\uD83D\\uDE00\"", .string("😀")),
      ("\"\\u0000\"", .string("\0")), ("\"😀\u{7F}\u{2028}\"", .string("😀\u{7F}\u{2028}")),
      ("[]", .array([])), ("[ ]", .array([])), ("[1, 2]", .array([.integer(1), .integer(2)])),
      ("{}", .object(JSONObject())), ("[[], {}]", .array([.array([]), .object(JSONObject())])),
      ("\t\r\n 1", .integer(1)),
    ] as [(String, JSONValue)])
  func isRead(_ text: String, _ value: JSONValue) throws { #expect(try parse(text) == value) }

  @Test(
    arguments: [
      ("", .truncated, 0), (" ", .truncated, 1), ("[", .truncated, 1), ("[1", .truncated, 2),
      ("[1,", .truncated, 3), ("{", .truncated, 1), ("{\"a\"", .truncated, 4),
      ("{\"a\":", .truncated, 5), ("{\"a\":1", .truncated, 6), ("\"", .truncated, 0),
      ("\"a", .truncated, 0), ("\"\\", .truncated, 1), ("\"\\u00", .truncated, 3),
      ("tru", .truncated, 0), ("-", .truncated, 1), ("1.", .truncated, 2), ("1e", .truncated, 2),
      ("[1,]", .syntax, 3), ("[,1]", .syntax, 1), ("[1 2]", .syntax, 3), ("{\"a\":1,}", .syntax, 7),
      ("{a:1}", .syntax, 1), ("{'a':1}", .syntax, 1), ("{\"a\" 1}", .syntax, 5),
      ("{1:1}", .syntax, 1), ("[1}", .syntax, 2), ("1 2", .syntax, 2), ("{} x", .syntax, 3),
      ("nul1", .syntax, 0), ("True", .syntax, 0), ("NaN", .syntax, 0), ("Infinity", .syntax, 0),
      ("-Infinity", .syntax, 1), ("+1", .syntax, 0), (".5", .syntax, 0), ("01", .syntax, 0),
      ("-01", .syntax, 0), ("1.e1", .syntax, 2), ("1ee2", .syntax, 2), ("0x10", .syntax, 1),
      ("// a\n1", .syntax, 0), ("1 /* a */", .syntax, 2), ("\"\\x41\"", .syntax, 1),
      ("\"\\u00G0\"", .syntax, 3), ("\"a\nb\"", .syntax, 2), ("\"a\u{1}\"", .syntax, 2),
      ("\u{FEFF}1", .syntax, 0), ("\u{A0}1", .syntax, 0), ("'a'", .syntax, 0),
      ("\"\\uD800\"", .invalidUTF8, 1), ("\"\\uDC00\"", .invalidUTF8, 1),
      ("\"\\uD800\\u0041\"", .invalidUTF8, 1), ("\"\\uD800x\"", .invalidUTF8, 1),
      ("1e400", .numberRange, 0), ("-1e999", .numberRange, 0),
      ("{\"a\":1,\"a\":2}", .duplicateKey, 7), ("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 7),
    ] as [(String, JSONError.Code, Int)])
  func isRefused(_ text: String, _ code: JSONError.Code, _ offset: Int) {
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
  func invalidUTF8IsRefused(_ bytes: [UInt8]) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(bytes) }
    #expect(error?.code == .invalidUTF8)
  }

  @Test func depthIsBounded() throws {
    let deep = String(repeating: "[", count: 10) + String(repeating: "]", count: 10)
    _ = try parse(deep, depth: 10)
    let error = #expect(throws: JSONError.self) { try parse(deep, depth: 9) }
    #expect(error?.code == .tooDeep)
    #expect(error?.offset == 9)
    let bomb = #expect(throws: JSONError.self) {
      try parse(String(repeating: "[{\"a\":", count: 100_000))
    }
    #expect(bomb?.code == .tooDeep)
  }

  /// Canonically equivalent keys are different keys, and the order is that of the text.
  @Test func keysAreBytesInOrder() throws {
    let object = try parse("{\"e\u{301}\":1,\"b\":2,\"\u{E9}\":3,\"a\":4}").object
    #expect(object?.members.map(\.key) == ["e\u{301}", "b", "\u{E9}", "a"])
    #expect(object?.members.map(\.offset) == [1, 9, 15, 22])
    #expect(object?["\u{E9}"] == .integer(3))
  }

  /// Objects of more than a few members look keys up in a table.
  @Test func largeObjects() throws {
    let text = "{" + (0..<1000).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}"
    let object = try #require(parse(text).object)
    #expect(object.count == 1000)
    #expect((0..<1000).allSatisfy { object[ByteString("key\($0)")] == .integer($0) })
    #expect(object["key1000"] == nil)
    let twice = text.dropLast() + ",\"key999\":0}"
    #expect(throws: JSONError.self) { try parse(String(twice)) }
  }

  @Test func pythonNumbersWhereTheyAreAllowed() throws {
    let value = try JSONValue.parse(
      Array("[NaN, Infinity, -Infinity, -1]".utf8), allowsPythonNumbers: true)
    let numbers = try #require(value.array)
    #expect(numbers[0].double?.isNaN == true)
    #expect(numbers[1...] == [.double(.infinity), .double(-.infinity), .integer(-1)])
    #expect(throws: JSONError.self) {
      try JSONValue.parse(Array("[-Infinit]".utf8), allowsPythonNumbers: true)
    }
  }

  @Test func filesAreBounded() throws {
    var limits = ReadLimits()
    limits.headerBytes = 4
    #expect(try JSONValue.read(MemorySource(Array("[1]".utf8)), limits: limits) == [1])
    let error = #expect(throws: FormatError.self) {
      try JSONValue.read(MemorySource(Array("[1,2]".utf8), name: "c.json"), limits: limits)
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.source == "c.json")
    let cut = #expect(throws: FormatError.self) {
      try JSONValue.read(MemorySource(Array("[1".utf8)))
    }
    #expect(cut?.code == .truncated)
    #expect(cut?.offset == 2)
  }
}

@Suite struct JSONValueTests {
  @Test func textIsReadAgain() throws {
    let value: JSONValue = [
      "a": [1, 2.5, true, nil], "b": ["c": "x\"\\\n\u{1}\u{7F}é", "d": [], "e": [:]],
      "big": .unsigned(.max), "list": [["n": 1], ["n": 2]],
    ]
    for compact in [false, true] {
      #expect(try JSONValue.parse(Array(value.text(compact: compact).utf8)) == value)
    }
    #expect(JSONValue.double(.nan).text() == "null")
    #expect(!value.text(compact: true).contains("\n"))
  }

  @Test func membersAreReplacedInPlace() {
    var object = JSONObject()
    for index in 0..<12 { object[ByteString("k\(index)")] = .integer(index) }
    object["k3"] = .string("three")
    object["k0"] = nil
    #expect(object.count == 11)
    #expect(object.members.first?.key == "k1")
    #expect(object.members[2].value == .string("three"))
    #expect(object["k11"] == .integer(11))
    object["missing"] = nil
    #expect(object.count == 11)
  }

  @Test func accessorsKnowTheirType() {
    let value: JSONValue = ["n": 1, "u": .unsigned(.max), "d": 1.5, "s": "t", "b": true]
    #expect(value["n"]?.integer == 1 && value["n"]?.double == 1)
    #expect(value["u"]?.integer == nil && value["u"]?.double == 0x1p64)
    #expect(value["d"]?.integer == nil && value["s"]?.text == "t" && value["b"]?.bool == true)
    #expect(value["s"]?.double == nil && value["x"] == nil && JSONValue.null.isNull)
    #expect(JSONValue(UInt64(5)) == .integer(5) && JSONValue(UInt64.max) == .unsigned(.max))
  }
}

@Suite struct JSONWriterTests {
  /// What would steer a terminal is escaped, above U+007F too.
  @Test func controlsAreEscaped() throws {
    let text = JSONValue("\u{1B}\u{9B}31m\u{7F}\u{2028}é").text()
    #expect(text == "\"\\u001b\\u009b31m\\u007f\\u2028é\"")
    #expect(try JSONValue.parse(Array(text.utf8)).text == "\u{1B}\u{9B}31m\u{7F}\u{2028}é")
  }
}
