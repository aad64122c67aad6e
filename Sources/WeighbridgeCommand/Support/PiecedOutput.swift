/// Gathers pieces of text, and writes them when there are enough.
final class PiecedOutput {
  private var buffer = ""
  private let body: (String) -> Void
  /// Whether nothing was written so far.
  private(set) var isEmpty = true

  private static let pieceBytes = 1 << 16

  init(_ body: @escaping (String) -> Void) { self.body = body }

  /// Takes a piece.
  func write(_ text: String) {
    guard !text.isEmpty else { return }
    isEmpty = false
    buffer += text
    if buffer.utf8.count >= Self.pieceBytes { flush() }
  }

  /// Writes what is there.
  func flush() {
    guard !buffer.isEmpty else { return }
    body(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
