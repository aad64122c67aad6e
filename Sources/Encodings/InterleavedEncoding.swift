/// How an encoding mixes the blocks of neighbouring rows.
package struct Interleaving: Sendable {
  /// The encoding of the separated rows.
  package let base: any DecodableEncoding.Type
  /// Rows in a group.
  package let rows: Int
  /// Bytes of codes that come from one row before the next row's.
  package let chunkBytes: Int
  /// Bits of every code byte that are inverted.
  package let flippedBits: UInt8
}

/// An encoding whose blocks are mixed over several rows, so that no single row can be decoded.
///
/// Repackings for certain CPUs that were once written to files (ENC-60). Separating the rows is
/// exact; the result is in `interleaving.base`.
package protocol InterleavedEncoding: TensorEncoding {
  /// How the rows are mixed.
  static var interleaving: Interleaving { get }
}

extension InterleavedEncoding {
  /// Separates one group of rows.
  ///
  /// `group` holds `interleaving.rows` rows, and so will `rows`, one after the other. False, and nothing written, where the sizes are not those of a group.
  package static func separate(_ group: RawSpan, into rows: inout MutableRawSpan) -> Bool {
    let mix = interleaving
    let scaleBytes = 2
    let blockBytes = traits.bytesPerBlock
    let codeBytes = blockBytes - scaleBytes
    let groupBytes = blockBytes * mix.rows
    guard group.byteCount == rows.byteCount, group.byteCount % groupBytes == 0 else { return false }
    let columns = group.byteCount / groupBytes
    let rowBytes = columns * blockBytes
    for column in 0..<columns {
      let from = column * groupBytes
      for row in 0..<mix.rows {
        let to = row * rowBytes + column * blockBytes
        for byte in 0..<scaleBytes {
          let value = unsafe group.unsafeLoad(
            fromByteOffset: from + row * scaleBytes + byte, as: UInt8.self)
          rows.storeBytes(of: value, toByteOffset: to + byte, as: UInt8.self)
        }
        for byte in 0..<codeBytes {
          let chunk = byte / mix.chunkBytes * mix.rows + row
          let at = from + mix.rows * scaleBytes + chunk * mix.chunkBytes + byte % mix.chunkBytes
          let value = unsafe group.unsafeLoad(fromByteOffset: at, as: UInt8.self) ^ mix.flippedBits
          rows.storeBytes(of: value, toByteOffset: to + scaleBytes + byte, as: UInt8.self)
        }
      }
    }
    return true
  }
}
