internal import CWeighbridgeKernels

/// The checksum of a chunk in a journal (Specs/journal.md).
enum Checksum {
  static func of(_ bytes: RawSpan) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe wb_checksum($0.baseAddress, $0.count) }
  }

  static func of(_ bytes: [UInt8]) -> UInt64 { of(unsafe bytes.span.bytes) }
}
