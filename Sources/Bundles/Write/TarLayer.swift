internal import WeighbridgeByteIO

/// An archive of one file, as if it were a file: header, contents, padding and end mark.
struct TarLayer: ByteSource {
  let name: String
  let byteCount: UInt64
  /// Where the file's contents lie in the archive.
  let contents: Range<UInt64>
  private let header: [UInt8]
  private let source: any ByteSource

  init(path: BundlePath, source: any ByteSource) {
    let header = TarHeader(path: ByteString(path.text), byteCount: source.byteCount).encoded
    self.name = source.name
    self.header = header
    self.source = source
    let start = UInt64(header.count)
    contents = start..<start + source.byteCount
    byteCount =
      contents.upperBound + UInt64(TarHeader.padding(after: source.byteCount) + TarHeader.endBytes)
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    var done = 0
    while done < buffer.byteCount {
      let position = offset + UInt64(done)
      var rest = buffer._mutatingExtracting(done..<buffer.byteCount)
      if position < contents.lowerBound {
        let part = header[Int(position)...].prefix(rest.byteCount)
        for (index, byte) in part.enumerated() {
          rest.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        done += part.count
      } else if position < contents.upperBound {
        let count = Int(min(UInt64(rest.byteCount), contents.upperBound - position))
        var part = rest._mutatingExtracting(0..<count)
        try source.read(at: position - contents.lowerBound, into: &part)
        done += count
      } else {
        for index in 0..<rest.byteCount {
          rest.storeBytes(of: 0, toByteOffset: index, as: UInt8.self)
        }
        done = buffer.byteCount
      }
    }
  }
}
