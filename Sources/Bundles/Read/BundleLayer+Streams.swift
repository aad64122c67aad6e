internal import WeighbridgeByteIO

extension BundleLayer {
  /// Whether the file can be read from any place on.
  var isResumable: Bool { !packing.isArchive && contents != nil }

  /// The file from an offset on; its layer is not hashed.
  func stream(after offset: UInt64, workers: Int) throws(FormatError) -> any ByteStream {
    guard let parts else {
      let stream = SourceStream(blob)
      guard try stream.skip(offset) else { return stream }
      return stream
    }
    return try FrameStream(
      blob, parts, workers: workers, hashesContent: false, isThorough: false, after: offset)
  }

  /// The contents from the start, hashed on the way; as they are before compression only with
  /// `hashesContent`; with `isThorough` the digests of its parts are compared as well.
  func stream(
    workers: Int, hashesContent: Bool, isThorough: Bool
  ) throws(FormatError) -> any LayerStream {
    guard packing.isCompressed else { return PlainLayerStream(blob) }
    if let parts {
      return FrameStream(
        blob, parts, workers: workers, hashesContent: hashesContent, isThorough: isThorough)
    }
    // What is announced, and a tar's headers; else a multiple of what is there.
    let announced = declaredByteCount.map { $0.addingReportingOverflow(1 << 20) }
    let expanded = descriptor.byteCount.multipliedReportingOverflow(by: limits.expansion)
    let limit =
      announced.map { $0.overflow ? UInt64.max : $0.partialValue }
      ?? (expanded.overflow ? UInt64.max : expanded.partialValue)
    return try ZstdLayerStream(blob, limit: limit, hashesContent: hashesContent)
  }
}
