/// Arrays of floats in NumPy's `.npy` format, version 1.0.
package enum NumPyFile {
  /// The bytes before the numbers: magic, version, length, a dictionary, padding to 64 bytes.
  package static func header(shape: [Int]) -> [UInt8] {
    let list = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(list)), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
      + Array(text.utf8)
  }

  /// A whole file of float32, little-endian.
  package static func bytes(_ matrix: TokenMatrix) -> [UInt8] {
    var bytes = header(shape: [matrix.rows, matrix.columns])
    bytes.reserveCapacity(bytes.count + matrix.values.count * 4)
    for value in matrix.values {
      let bits = value.bitPattern
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    return bytes
  }
}
