extension MutableRawSpan {
  /// Copies a range of bytes to an offset; ranges outside trap.
  @inline(__always)
  package mutating func copy(_ bytes: [UInt8], _ range: Range<Int>, to offset: Int) {
    unsafe withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { input in
        unsafe UnsafeMutableRawBufferPointer(rebasing: output[offset..<offset + range.count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: input[range]))
      }
    }
  }
}
