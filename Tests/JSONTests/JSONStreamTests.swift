import Testing
import WeighbridgeByteIO

@testable import WeighbridgeJSON

/// A document that is written in pieces is the one that is written whole.
@Suite struct JSONStreamTests {
  private static func write(_ value: JSONValue, to stream: inout JSONStream) {
    switch value {
    case .object(let object):
      stream.object { stream in
        for member in object.members {
          stream.key(member.key)
          write(member.value, to: &stream)
        }
      }
    case .array(let elements) where elements.contains { $0.object != nil || $0.array != nil }:
      stream.array { stream in
        for element in elements {
          stream.element()
          write(element, to: &stream)
        }
      }
    case .array, .null, .bool, .integer, .unsigned, .double, .string: stream.value(value)
    }
  }

  @Test func piecesAreTheWhole() {
    let large = JSONValue.array((0..<20_000).map { ["n": .integer($0), "e": [], "o": [:]] })
    let document: JSONValue = [
      "a": 1, "text": "\u{7}\"é", "list": [1, 2, nil], "empty": [], "none": [:],
      "nested": [[1, 2], [], ["x": [true, 1.5]]], "large": large,
    ]
    var pieces: [String] = []
    var stream = JSONStream { pieces.append($0) }
    Self.write(document, to: &stream)
    stream.finish()
    #expect(pieces.joined() == document.text() + "\n")
    #expect(pieces.count > 5)
    #expect(pieces.allSatisfy { $0.utf8.count < 1 << 17 })
  }

  @Test func aMemberIsAKeyAndAValue() {
    var text = ""
    var stream = JSONStream { text += $0 }
    stream.object { stream in
      stream.member("a", ["b": 1])
      stream.key("c")
      stream.verbatim("[1]")
    }
    stream.finish()
    #expect(text == "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": [1]\n}\n")
  }
}
