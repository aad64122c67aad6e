internal import WeighbridgeByteIO

/// What a header block of a tar says, with its numbers checked.
struct TarFields {
  let name: [UInt8]
  let byteCount: UInt64
  let type: UInt8

  /// Reads a block of 512 bytes; `fault` makes an error at the block.
  init(
    _ block: [UInt8], fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) {
    let magic = block[257..<265]
    let isPOSIX = magic.starts(with: Array("ustar\u{0}00".utf8))
    guard isPOSIX || magic.elementsEqual(Array("ustar  \u{0}".utf8)) else {
      throw fault(.notThisFormat, "not a tar archive (no ustar header)")
    }
    guard let announced = Self.octal(block[148..<156]) else {
      throw fault(.invalidValue, "a tar header's checksum is not a number")
    }
    var sum: UInt64 = 0
    for (index, byte) in block.enumerated() {
      sum += (148..<156).contains(index) ? 0x20 : UInt64(byte)
    }
    guard sum == announced else {
      throw fault(.invalidValue, "a tar header's checksum is \(announced); its bytes sum to \(sum)")
    }
    guard let byteCount = Self.number(block[124..<136]), byteCount <= UInt64(Int64.max) else {
      throw fault(.invalidValue, "a tar header's size is not a number")
    }
    self.byteCount = byteCount
    self.type = block[156]
    let name = Self.text(block[0..<100])
    // In GNU's own headers other fields lie where POSIX has the prefix.
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    self.name = prefix.isEmpty ? name : prefix + [0x2F] + name
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  /// Octal digits, or a big-endian number behind a byte 0x80 (base 256, as GNU tar writes it).
  static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    guard let first = field.first else { return nil }
    guard first & 0x80 != 0 else { return octal(field) }
    guard first == 0x80 else { return nil }
    var value: UInt64 = 0
    for byte in field.dropFirst() {
      guard value >> 56 == 0 else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return value
  }

  /// Octal digits between spaces, ended by a space, a zero or the field.
  static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !digits.isEmpty,
      field[digits.endIndex...].allSatisfy({ $0 == 0x20 || $0 == 0 })
    else { return nil }
    // Twelve digits are 36 bits.
    return digits.reduce(0) { $0 << 3 | UInt64($1 - 0x30) }
  }
}

/// The records of a pax header that matter here: `LENGTH KEY=VALUE\n` each.
struct PaxRecords {
  var path: [UInt8]?
  var byteCount: UInt64?
  var comment: [UInt8]?

  /// Reads the contents of a pax header.
  init(
    _ bytes: [UInt8], fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard digits.count <= 9, let length = Int(String(decoding: digits, as: UTF8.self)),
        length <= rest.count, length > digits.count + 2,
        rest[rest.startIndex + digits.count] == 0x20,
        rest[rest.startIndex + length - 1] == 0x0A
      else { throw fault(.invalidValue, "a malformed record in a pax header") }
      let body = rest[(rest.startIndex + digits.count + 1)..<(rest.startIndex + length - 1)]
      rest = rest.dropFirst(length)
      guard let equals = body.firstIndex(of: 0x3D), equals > body.startIndex else {
        throw fault(.invalidValue, "a record without a key in a pax header")
      }
      let key = String(decoding: body[..<equals], as: UTF8.self)
      try set(key, Array(body[(equals + 1)...]), fault)
    }
  }

  private mutating func set(
    _ key: String, _ value: [UInt8], _ fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) {
    switch key {
    case "path":
      guard path == nil else { throw fault(.duplicateName, "two paths in a pax header") }
      path = value
    case "comment":
      guard comment == nil else { throw fault(.duplicateName, "two comments in a pax header") }
      comment = value
    case "size":
      guard byteCount == nil else { throw fault(.duplicateName, "two sizes in a pax header") }
      guard (1...20).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = UInt64(String(decoding: value, as: UTF8.self)), number <= UInt64(Int64.max)
      else { throw fault(.invalidValue, "the size in a pax header is not a number") }
      byteCount = number
    case "linkpath":
      throw fault(.unsafePath, "a pax header announces a link; bundles hold none")
    default:
      guard !key.hasPrefix("GNU.sparse") else {
        throw fault(.unsupportedEncoding, "a sparse file in a tar archive cannot be read here")
      }
    }
  }
}
