#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A moment on the clock of a place, as `strftime_now` shows it.
package struct TemplateTime: Hashable, Sendable {
  /// Seconds since 1970, as if the clock showed UTC.
  private let seconds: Int
  private let microseconds: Int

  /// The moment that a clock shows; nil where there is no such date.
  package init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    microseconds: Int = 0
  ) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.days(in: month, of: year), (0..<24).contains(hour), (0..<60).contains(minute),
      (0..<60).contains(second)
    else { return nil }
    var days = 0
    let before = year - 1
    days = before * 365 + before / 4 - before / 100 + before / 400 - 719_162
    for earlier in 1..<month { days += Self.days(in: earlier, of: year) }
    days += day - 1
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    self.microseconds = microseconds
  }

  /// Reads `2026-11-22`, `2026-11-22T14:05:09` or with a space; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " }).map(String.init)
    guard (1...2).contains(parts.count) else { return nil }
    let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    var time: [Int?] = []
    if parts.count == 2 {
      let clock = parts[1].hasSuffix("Z") ? String(parts[1].dropLast()) : parts[1]
      time = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard (2...3).contains(time.count) else { return nil }
    }
    guard date.count == 3, let year = date[0], let month = date[1], let day = date[2],
      time.allSatisfy({ $0 != nil })
    else { return nil }
    let clock = time.compactMap { $0 } + [0, 0, 0]
    self.init(
      year: year, month: month, day: day, hour: clock[0], minute: clock[1], second: clock[2])
  }

  private init(seconds: Int, microseconds: Int) {
    self.seconds = seconds
    self.microseconds = microseconds
  }

  /// What the clock of this machine's time zone shows.
  package static var now: TemplateTime {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &moment)
    var local = unsafe tm()
    var time = moment.tv_sec
    unsafe localtime_r(&time, &local)
    return TemplateTime(
      seconds: moment.tv_sec + (unsafe local.tm_gmtoff), microseconds: moment.tv_nsec / 1_000)
  }

  private static func days(in month: Int, of year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Python's `strftime` of a moment without a time zone: C's in the C locale, and `%f`.
  func formatted(_ format: Text) throws(TemplateError) -> Text {
    guard format.count <= 4_096 else {
      throw TemplateError(.value, "a format of a date has at most 4,096 characters")
    }
    var time = time_t(seconds)
    var parts = unsafe tm()
    unsafe gmtime_r(&time, &parts)
    var result: [Unicode.Scalar] = []
    var rest = format.scalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%", let code = rest.popFirst() else {
        result.append(scalar)
        continue
      }
      if code == "f" {
        let digits = String(microseconds)
        result += Array(repeating: "0", count: max(0, 6 - digits.count))
        result.append(contentsOf: digits.unicodeScalars)
      } else if code != "z", code != "Z" {
        var directive: [Unicode.Scalar] = ["%", code]
        if code == "-", let next = rest.popFirst() { directive.append(next) }
        result.append(
          contentsOf: unsafe Self.text(of: Text(directive).string, &parts).unicodeScalars)
      }
    }
    return Text(result)
  }

  private static func text(of directive: String, _ parts: inout tm) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = unsafe strftime(&buffer, buffer.count, directive, &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
