/// A name or a token as the bytes that a file holds.
///
/// Swift's `String ==` is canonical equivalence and would merge distinct tokens of a vocabulary, so
/// keys, tensor names and vocabularies are compared byte for byte. Text is for display only.
package struct ByteString: Hashable, Sendable {
  /// The bytes, as in the file; not necessarily UTF-8.
  package var bytes: [UInt8]

  /// Keeps bytes as they are.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The UTF-8 bytes of a text.
  package init(_ text: some StringProtocol) { self.bytes = Array(text.utf8) }

  /// The bytes as text, each invalid sequence replaced by U+FFFD.
  ///
  /// For display, never for comparison.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The bytes as text, or nil where they are not valid UTF-8.
  package var validatedText: String? { String(validating: bytes, as: UTF8.self) }

  /// The number of bytes.
  package var count: Int { bytes.count }

  /// Whether there are no bytes.
  package var isEmpty: Bool { bytes.isEmpty }

  /// Whether the bytes begin with those of `prefix`.
  package func hasPrefix(_ prefix: ByteString) -> Bool { bytes.starts(with: prefix.bytes) }

  /// Whether the bytes end with those of `suffix`.
  package func hasSuffix(_ suffix: ByteString) -> Bool {
    bytes.count >= suffix.bytes.count
      && bytes[(bytes.count - suffix.bytes.count)...].elementsEqual(suffix.bytes)
  }
}

extension ByteString: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// The UTF-8 bytes of a literal.
  package init(stringLiteral value: String) { self.init(value) }
}

extension ByteString: CustomStringConvertible {
  /// The lenient text.
  package var description: String { text }
}

extension ByteString: Comparable {
  /// Orders by bytes, as `memcmp` does.
  package static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
