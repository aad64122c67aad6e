package import WeighbridgeByteIO

/// Writes a document a piece at a time, in the layout of `JSONValue.text()`.
///
/// For documents whose size a file decides: a value a tensor or a key would take many times its bytes.
/// Whoever writes puts a `key` before each value of an object, an `element` before each of an array.
package struct JSONStream {
  private var buffer = ""
  private var depth = 0
  private var isEmpty = true
  private let body: (String) -> Void

  private static let pieceBytes = 1 << 16

  /// Gives each piece to `body`.
  package init(to body: @escaping (String) -> Void) { self.body = body }

  /// Writes an object; `members` writes what is in it.
  package mutating func object(_ members: (inout JSONStream) -> Void) { nest("{", "}", members) }

  /// Writes an array; `elements` writes what is in it.
  package mutating func array(_ elements: (inout JSONStream) -> Void) { nest("[", "]", elements) }

  private mutating func nest(
    _ open: String, _ close: String, _ content: (inout JSONStream) -> Void
  ) {
    buffer += open
    depth += 1
    let wasEmpty = isEmpty
    isEmpty = true
    content(&self)
    depth -= 1
    if !isEmpty { breakLine() }
    buffer += close
    isEmpty = wasEmpty
  }

  /// Begins a member of an object.
  package mutating func key(_ key: ByteString) {
    element()
    buffer += JSONValue.string(key).text(compact: true) + ": "
  }

  /// Begins an element of an array.
  package mutating func element() {
    if !isEmpty { buffer += "," }
    isEmpty = false
    breakLine()
    flush(atLeast: Self.pieceBytes)
  }

  /// Writes a member.
  package mutating func member(_ key: ByteString, _ value: JSONValue) {
    self.key(key)
    self.value(value)
  }

  /// Writes a value.
  package mutating func value(_ value: JSONValue) {
    value.write(to: &buffer, indentation: 2 * depth)
  }

  /// Writes JSON text that is made elsewhere.
  package mutating func verbatim(_ text: String) {
    buffer += text
    flush(atLeast: Self.pieceBytes)
  }

  /// Gives away what is left, with a line break.
  package mutating func finish() {
    buffer += "\n"
    flush(atLeast: 0)
  }

  private mutating func breakLine() { buffer += "\n" + String(repeating: " ", count: 2 * depth) }

  private mutating func flush(atLeast count: Int) {
    guard buffer.utf8.count >= count else { return }
    body(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
