internal import WeighbridgeByteIO

/// The end of a zip archive: where its directory is (PT-11, PT-12).
struct ZipEnd {
  private static let signature: UInt64 = 0x0605_4B50
  private static let wideSignature: UInt64 = 0x0606_4B50
  private static let locatorSignature: UInt64 = 0x0706_4B50
  private static let bytes = 22
  private static let locatorBytes = 20
  private static let wideBytes = 56

  /// The central directory.
  let directory: ByteExtent
  /// Its records.
  let entryCount: Int

  /// Finds the end record, and its zip64 twin where there is one.
  init(_ source: any ByteSource) throws(FormatError) {
    let longest = Self.bytes + Int(UInt16.max)
    let tailBytes = Int(min(source.byteCount, UInt64(longest)))
    let tailStart = source.byteCount - UInt64(tailBytes)
    let tail: [UInt8]
    do { tail = try source.readBytes(at: tailStart, count: tailBytes) } catch {
      throw FormatError(error)
    }
    guard let place = Self.find(in: tail) else {
      throw FormatError(
        .truncated, "the zip archive has no end record: the file was cut off", in: source.name,
        at: source.byteCount)
    }
    var directoryEnd = tailStart + UInt64(place)
    let endOffset = directoryEnd
    func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
      FormatError(code, message, in: source.name, at: endOffset)
    }
    var count = tail.littleEndian(at: place + 10, bytes: 2)
    var size = tail.littleEndian(at: place + 12, bytes: 4)
    var start = tail.littleEndian(at: place + 16, bytes: 4)
    let isSingle = tail.littleEndian(at: place + 4, bytes: 4) == 0
    let isWide =
      count == UInt64(UInt16.max) || size == UInt64(UInt32.max)
      || start == UInt64(UInt32.max)
    if let wide = try Self.wide(source, before: endOffset) {
      guard count == wide.count || count == UInt64(UInt16.max),
        size == wide.size || size == UInt64(UInt32.max),
        start == wide.start || start == UInt64(UInt32.max)
      else { throw fault(.invalidValue, "the two end records of the zip archive disagree") }
      (count, size, start) = (wide.count, wide.size, wide.start)
      directoryEnd = wide.offset
    } else if isWide {
      throw fault(.invalidValue, "the zip64 end record is missing")
    } else if !isSingle || tail.littleEndian(at: place + 8, bytes: 2) != count {
      throw fault(.unsupportedEncoding, "a zip archive in several parts")
    }
    guard let extent = ByteExtent(offset: start, byteCount: size, within: directoryEnd),
      extent.end == directoryEnd
    else {
      throw fault(
        .invalidValue,
        "the zip directory (\(size) bytes at \(start)) does not end where its end "
          + "record begins (\(directoryEnd))")
    }
    // A record has at least 46 bytes, so the directory's size bounds the count.
    guard count <= size / 46 else {
      throw fault(.invalidValue, "\(count) zip entries in a directory of \(size) bytes")
    }
    self.directory = extent
    self.entryCount = Int(count)
  }

  /// The last end record whose comment ends with the file.
  private static func find(in tail: [UInt8]) -> Int? {
    guard tail.count >= bytes else { return nil }
    for place in (0...tail.count - bytes).reversed()
    where tail[place] == 0x50 && tail.littleEndian(at: place, bytes: 4) == signature {
      let comment = Int(tail.littleEndian(at: place + 20, bytes: 2))
      if place + bytes + comment == tail.count { return place }
    }
    return nil
  }

  private static func wide(
    _ source: any ByteSource, before end: UInt64
  ) throws(FormatError) -> (count: UInt64, size: UInt64, start: UInt64, offset: UInt64)? {
    guard end >= UInt64(locatorBytes + wideBytes) else { return nil }
    let locatorOffset = end - UInt64(locatorBytes)
    func fault(_ message: String) -> FormatError {
      FormatError(.invalidValue, message, in: source.name, at: locatorOffset)
    }
    do {
      let locator = try source.readBytes(at: locatorOffset, count: locatorBytes)
      guard locator.littleEndian(at: 0, bytes: 4) == locatorSignature else { return nil }
      let offset = locator.littleEndian(at: 8, bytes: 8)
      guard offset <= locatorOffset - UInt64(wideBytes) else {
        throw fault("the zip64 end record is not in the archive")
      }
      let record = try source.readBytes(at: offset, count: wideBytes)
      let recordBytes = record.littleEndian(at: 4, bytes: 8)
      let count = record.littleEndian(at: 32, bytes: 8)
      guard record.littleEndian(at: 0, bytes: 4) == wideSignature,
        recordBytes == locatorOffset - offset - 12,
        record.littleEndian(at: 16, bytes: 8) == 0, record.littleEndian(at: 24, bytes: 8) == count
      else { throw fault("the zip64 end record is damaged") }
      return (
        count, record.littleEndian(at: 40, bytes: 8), record.littleEndian(at: 48, bytes: 8), offset
      )
    } catch let error as FormatError {
      throw error
    } catch let error as IOError {
      throw FormatError(error)
    } catch {
      throw fault("the zip64 end record cannot be read")
    }
  }
}
