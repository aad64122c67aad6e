/// How an encoding mixes the blocks of neighbouring rows, so that no single row can be decoded.
///
/// Repackings for certain CPUs that were once written to files (ENC-60). Separating the rows is
/// exact; the result is in `base`.
package struct Interleaving: Sendable {
  /// The encoding of the separated rows.
  package let base: Encoding
  /// Rows in a group.
  package let rows: Int
  /// Bytes of codes that come from one row before the next row's.
  package let chunkBytes: Int
  /// Bits of every code byte that are inverted.
  package let flippedBits: UInt8

  init(of base: Encoding, rows: Int, chunkBytes: Int, flippedBits: UInt8) {
    self.base = base
    self.rows = rows
    self.chunkBytes = chunkBytes
    self.flippedBits = flippedBits
  }

  /// Separates one group of rows.
  ///
  /// `group` holds `rows` rows, and so will `output`, one after the other. False, and nothing written,
  /// where the sizes are not those of a group.
  package func separate(_ group: RawSpan, into output: inout MutableRawSpan) -> Bool {
    let scaleBytes = 2
    let blockBytes = base.bytesPerBlock
    let codeBytes = blockBytes - scaleBytes
    let groupBytes = blockBytes * rows
    guard group.byteCount == output.byteCount, group.byteCount % groupBytes == 0 else {
      return false
    }
    let columns = group.byteCount / groupBytes
    let rowBytes = columns * blockBytes
    for column in 0..<columns {
      let from = column * groupBytes
      for row in 0..<rows {
        let to = row * rowBytes + column * blockBytes
        for byte in 0..<scaleBytes {
          let value = unsafe group.unsafeLoad(
            fromByteOffset: from + row * scaleBytes + byte, as: UInt8.self)
          output.storeBytes(of: value, toByteOffset: to + byte, as: UInt8.self)
        }
        for byte in 0..<codeBytes {
          let chunk = byte / chunkBytes * rows + row
          let at = from + rows * scaleBytes + chunk * chunkBytes + byte % chunkBytes
          let value = unsafe group.unsafeLoad(fromByteOffset: at, as: UInt8.self) ^ flippedBits
          output.storeBytes(of: value, toByteOffset: to + scaleBytes + byte, as: UInt8.self)
        }
      }
    }
    return true
  }
}
