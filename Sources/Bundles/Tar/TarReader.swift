internal import WeighbridgeByteIO

/// A file in a tar.
struct TarEntry {
  /// The path as the archive has it.
  let path: ByteString
  /// The bytes of its contents.
  let byteCount: UInt64
  /// Where its first header begins in the archive.
  let headerOffset: UInt64
  /// Where its contents begin in the archive.
  let contentOffset: UInt64
  /// The comment of its pax header.
  let comment: [UInt8]?
  /// Whether a pax record has its size.
  let recordsSize: Bool

  /// The path without the `./` that `tar c .` writes.
  var plainPath: ByteString { BundlePath.withoutDot(path) }
}

/// Reads a tar of unknown origin, forwards: POSIX ustar and pax, and GNU's long names and sizes.
///
/// Directories are passed over. Links, devices and everything else that is not a file are errors, as
/// are numbers that are not numbers, and an archive that ends without its two blocks of zeros.
final class TarReader {
  private let stream: any ByteStream
  private let limits: BundleLimits
  private var headers = 0
  private(set) var position: UInt64 = 0
  /// The contents of the current entry that were not read yet, and the padding behind them.
  private var contentLeft: UInt64 = 0
  private var paddingLeft = 0

  init(_ stream: any ByteStream, limits: BundleLimits) {
    self.stream = stream
    self.limits = limits
  }

  /// The bytes of the current file that were not read yet.
  var remaining: UInt64 { contentLeft }

  /// Reads contents of the current file into `buffer`: as many bytes as it holds, or all that are
  /// left; 0 at the end.
  func read(into buffer: Buffer) throws(FormatError) -> Int {
    let count = Int(min(UInt64(buffer.capacity), contentLeft))
    guard count > 0 else { return 0 }
    try require(count, into: buffer)
    contentLeft -= UInt64(count)
    return count
  }

  /// The next file, or nil at the end of the archive.
  func next() throws(FormatError) -> TarEntry? {
    try skip(contentLeft + UInt64(paddingLeft))
    contentLeft = 0
    paddingLeft = 0
    var start = position
    var longName: [UInt8]?
    var pax: PaxRecords?
    while true {
      let offset = position
      let stream = stream
      func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
        FormatError(code, message, in: stream.name, at: offset)
      }
      let block = try take(TarHeader.blockBytes)
      if block.allSatisfy({ $0 == 0 }) {
        guard longName == nil, pax == nil,
          try take(TarHeader.blockBytes).allSatisfy({ $0 == 0 })
        else { throw fault(.invalidValue, "a lone block of zeros in a tar archive") }
        return nil
      }
      let fields = try TarFields(block, fault: fault)
      headers += 1
      guard headers <= limits.tarHeaders else {
        throw fault(.limitExceeded, "more than \(limits.tarHeaders) headers in a tar archive")
      }
      switch fields.type {
      case UInt8(ascii: "x"):
        guard pax == nil else { throw fault(.duplicateName, "two pax headers for one file") }
        pax = try PaxRecords(try header(fields, fault), fault: fault)
      case UInt8(ascii: "g"):
        let global = try PaxRecords(try header(fields, fault), fault: fault)
        guard global.path == nil, global.byteCount == nil else {
          throw fault(.unsupportedEncoding, "a global pax header with a path or a size")
        }
      case UInt8(ascii: "L"):
        guard longName == nil else { throw fault(.duplicateName, "two long names for one file") }
        longName = Array(try header(fields, fault).prefix { $0 != 0 })
      case UInt8(ascii: "0"), 0, UInt8(ascii: "7"), UInt8(ascii: "5"):
        let byteCount = pax?.byteCount ?? fields.byteCount
        contentLeft = byteCount
        paddingLeft = TarHeader.padding(after: byteCount)
        if fields.type == UInt8(ascii: "5") {
          guard byteCount == 0 else { throw fault(.invalidValue, "a directory with contents") }
          longName = nil
          pax = nil
          start = position
          continue
        }
        return TarEntry(
          path: ByteString(pax?.path ?? longName ?? fields.name), byteCount: byteCount,
          headerOffset: start, contentOffset: position, comment: pax?.comment,
          recordsSize: pax?.byteCount != nil)
      default: throw fault(Self.code(fields.type), Self.refusal(fields))
      }
    }
  }

  private static func code(_ type: UInt8) -> FormatError.Code {
    type == UInt8(ascii: "S") ? .unsupportedEncoding : .unsafePath
  }

  private static func refusal(_ fields: TarFields) -> String {
    let name = ByteString(fields.name).text
    return switch fields.type {
    case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "K"):
      "'\(name)' is a link; bundles hold files only"
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
      "'\(name)' is a device; bundles hold files only"
    case UInt8(ascii: "S"): "'\(name)' is a sparse file, which cannot be read here"
    default: "'\(name)' is of type \(fields.type); bundles hold files only"
    }
  }

  /// The contents of a header that describes the next file.
  private func header(
    _ fields: TarFields, _ fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) -> [UInt8] {
    guard fields.byteCount <= limits.tarHeaderBytes else {
      throw fault(
        .limitExceeded,
        "a tar header of \(fields.byteCount) bytes; at most \(limits.tarHeaderBytes) are allowed")
    }
    let bytes = try take(Int(fields.byteCount))
    try skip(UInt64(TarHeader.padding(after: fields.byteCount)))
    return bytes
  }

  private func take(_ count: Int) throws(FormatError) -> [UInt8] {
    let buffer = Buffer(capacity: count)
    try require(count, into: buffer)
    return buffer.array(0..<count)
  }

  private func require(_ count: Int, into buffer: Buffer) throws(FormatError) {
    var done = 0
    while done < count {
      let more = try stream.read(into: buffer, done..<count)
      guard more > 0 else { throw ended(count - done) }
      done += more
    }
    position += UInt64(count)
  }

  private func skip(_ count: UInt64) throws(FormatError) {
    guard count > 0 else { return }
    guard try stream.skip(count) else { throw ended(nil) }
    position += count
  }

  private func ended(_ missing: Int?) -> FormatError {
    FormatError(
      .truncated, "the tar archive ends before its last file or its end mark", in: stream.name,
      at: position)
  }
}
