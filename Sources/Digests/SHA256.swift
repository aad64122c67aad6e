internal import CWeighbridgeCrypto
package import WeighbridgeByteIO

/// The library that hashes.
package enum DigestLibrary {
  /// Its name and version: `OpenSSL 3.0.15 3 Sep 2024`.
  package static var version: String {
    unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
  }
}

/// A running SHA-256 (FIPS 180-4), computed by libcrypto with the CPU's SHA instructions.
@safe package struct SHA256: ~Copyable {
  private let context: OpaquePointer?

  /// Starts an empty digest.
  package init() {
    unsafe context = EVP_MD_CTX_new()
    unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
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

  /// Ends the digest: 32 bytes.
  package consuming func finalize() -> Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
    }
    return Digest(bytes)
  }

  /// The digest of an array.
  package static func hash(_ bytes: [UInt8]) -> Digest {
    var running = SHA256()
    running.update(bytes)
    return running.finalize()
  }

  /// The digest of a part of a source (of all of it by default), read in chunks of 1 MiB.
  package static func hash(
    _ source: any ByteSource, _ extent: ByteExtent? = nil
  ) throws(IOError) -> Digest {
    var running = SHA256()
    var offset = extent?.offset ?? 0
    let end = extent?.end ?? source.byteCount
    var chunk = [UInt8](repeating: 0, count: Int(min(end - offset, 1 << 20)))
    while offset < end {
      let count = Int(min(UInt64(chunk.count), end - offset))
      var span = chunk.mutableSpan
      var all = unsafe span.mutableBytes
      var part = all._mutatingExtracting(0..<count)
      try source.read(at: offset, into: &part)
      running.update(part.bytes)
      offset += UInt64(count)
    }
    return running.finalize()
  }
}

/// The 32 bytes of a SHA-256.
package struct Digest: Hashable, Sendable {
  package let bytes: [UInt8]

  /// Wraps 32 bytes.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Parses 64 hexadecimal digits.
  package init?(hexadecimal text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for pair in stride(from: 0, to: 64, by: 2) {
      guard
        digits[pair...pair + 1].allSatisfy({
          (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }),
        let byte = UInt8(String(decoding: digits[pair...pair + 1], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var hexadecimal: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
