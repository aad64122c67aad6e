internal import CWeighbridgeCrypto
internal import WeighbridgeByteIO

/// A running SHA-1 (FIPS 180-4): what gguf-py's `gguf_hash` prints beside SHA-256.
///
/// It proves nothing against an attacker.
@safe package struct SHA1: ~Copyable {
  private let context: OpaquePointer?

  /// Starts an empty digest.
  package init() {
    unsafe context = EVP_MD_CTX_new()
    unsafe EVP_DigestInit_ex(context, EVP_sha1(), nil)
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Feeds bytes.
  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
  }

  /// Feeds an array.
  package mutating func update(_ bytes: [UInt8]) { update(unsafe bytes.span.bytes) }

  /// Ends the digest: 20 bytes.
  package consuming func finalize() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 20)
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
    }
    return bytes
  }
}
