#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Numbers as people read them: the same everywhere in the program, whatever the locale.
package enum NumberFormat {
  /// A fixed number of decimals: `3.142`.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    return printed("%.*f", Int32(decimals), value)
  }

  /// A number of significant digits, zeros at the end too, in scientific form where that is shorter:
  /// `0.00023`, `4.90`, `1.2e-09`.
  package static func significant(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return fixed(value, 0) }
    guard value != 0 else { return "0" }
    let text = printed("%#.*g", Int32(digits), value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  private static func printed(_ format: StaticString, _ digits: Int32, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    let count = unsafe withVaList([digits, value]) { arguments in
      unsafe vsnprintf(&buffer, buffer.count, "\(format)", arguments)
    }
    let end = min(max(Int(count), 0), buffer.count - 1)
    return String(decoding: buffer[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static let byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

  /// The largest binary unit that a number of bytes has one of: for an axis whose numbers are round.
  package static func byteUnit(for count: Double) -> (name: String, bytes: Double) {
    var (unit, bytes) = (0, 1.0)
    while count >= bytes * 1024, unit + 1 < byteUnits.count {
      bytes *= 1024
      unit += 1
    }
    return (byteUnits[unit], bytes)
  }

  /// Bytes in binary units: `7.0 MiB`, `812 B`.
  package static func bytes(_ count: UInt64) -> String {
    let units = byteUnits
    var value = Double(count)
    var unit = 0
    while value >= 1023.95, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    if unit == 0 { return "\(count) B" }
    return fixed(value, value < 9.995 ? 2 : 1) + " " + units[unit]
  }

  /// A count in decimal units as model sizes are given: `3.7 M`, `8.03 B`.
  package static func count(_ count: UInt64) -> String {
    let units = ["", " K", " M", " B", " T"]
    var value = Double(count)
    var unit = 0
    while value >= 999.5, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    if unit == 0 { return "\(count)" }
    return fixed(value, value < 9.995 ? 2 : 1) + units[unit]
  }

  /// An integer with its thousands set apart: `1,024`.
  package static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// A number of things: `1 file`, `1,024 tokens`.
  package static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// A time span: `12 ms`, `0.8 s`, `2:07`, `1:02:03`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e7 else { return "?" }
    if seconds < 0.0995 { return "\(max(1, Int((seconds * 1000).rounded()))) ms" }
    return seconds < 9.95 ? fixed(seconds, 1) + " s" : clock(seconds)
  }

  /// A time span in one form whatever its length: `0:08`, `2:07`, `1:02:03`.
  package static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e7 else { return "?" }
    let whole = Int(seconds.rounded())
    let padded = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
    if whole < 3600 { return "\(whole / 60):\(padded(whole % 60))" }
    return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
  }
}
