internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Whether two tensors hold the same rows in different orders.
enum RowOrder {
  /// 128 MiB of checksums.
  private static let mostRows = 1 << 24

  static func isReordered(_ left: Tensor, _ right: Tensor) throws(FormatError) -> Bool {
    let (own, other) = (left.layout, right.layout)
    guard own.encoding == other.encoding, own.rowCount == other.rowCount,
      own.bytesPerRow == other.bytesPerRow, own.rowCount > 1, own.rowCount <= mostRows
    else { return false }
    return try sums(left.payload).sorted() == sums(right.payload).sorted()
  }

  private static func sums(_ payload: any TensorPayload) throws(FormatError) -> [UInt64] {
    let layout = payload.layout
    var scratch = PayloadScratch()
    var sums: [UInt64] = []
    sums.reserveCapacity(layout.rowCount)
    let step = max(1, (1 << 20) / max(1, layout.bytesPerRow))
    for start in stride(from: 0, to: layout.rowCount, by: step) {
      let rows = start..<min(start + step, layout.rowCount)
      let bytes = try payload.borrow(rows: rows, from: &scratch)
      for row in 0..<rows.count {
        let first = row * layout.bytesPerRow
        sums.append(RowChecksum.of(bytes, first..<first + layout.bytesPerRow))
      }
      scratch.give(bytes)
    }
    return sums
  }
}

/// 64 bits that tell rows apart; not for adversaries.
enum RowChecksum {
  static func of(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt64 = 0) -> UInt64 {
    var hash = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(range.count)
    unsafe bytes.withUnsafeBytes { buffer in
      var place = range.lowerBound
      while place + 8 <= range.upperBound {
        let word = unsafe buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        hash = (hash ^ UInt64(littleEndian: word)) &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 32
        place += 8
      }
      while place < range.upperBound {
        hash = (hash ^ UInt64(unsafe buffer[place])) &* 0xFF51_AFD7_ED55_8CCD
        place += 1
      }
    }
    return hash
  }
}
