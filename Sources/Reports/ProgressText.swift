/// The line that says how far an activity has come.
struct ProgressText {
  var activity = ""
  var count: UInt64 = 0
  var total: UInt64 = 0
  var unit = "bytes"
  /// Units a second, in this run.
  var rate: Double?
  /// Seconds.
  var left: Double?
  /// What is known so far: `perplexity 5.91`.
  var figure: String?

  private var percentage: String {
    guard total > 0 else { return "" }
    let share = min(1, Double(count) / Double(total))
    // Not everything is done before everything is done.
    let percent = min(Int(share * 100), count < total ? 99 : 100)
    return (percent < 10 ? " " : "") + "\(percent) %"
  }

  /// `1.21 of 9.80 GiB`: both in the unit of the whole.
  var amount: String {
    guard total > 0 else { return count == 0 ? "" : quantity(count) }
    guard unit == "bytes" else {
      return "\(NumberFormat.grouped(Int(clamping: count))) of "
        + "\(NumberFormat.grouped(Int(clamping: total))) \(unit)"
    }
    let whole = NumberFormat.bytes(total)
    let parts = whole.split(separator: " ")
    let powers = ["B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6]
    guard parts.count == 2, let power = powers[String(parts[1])], power > 0 else {
      return "\(count) of \(whole)"
    }
    let scale = (0..<power).reduce(1.0) { scale, _ in scale * 1024 }
    let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    let done = NumberFormat.fixed(Double(count) / scale, decimals)
    return String(repeating: " ", count: max(0, parts[0].count - done.count)) + done + " of "
      + whole
  }

  private func quantity(_ amount: UInt64) -> String {
    unit == "bytes"
      ? NumberFormat.bytes(amount) : "\(NumberFormat.grouped(Int(clamping: amount))) \(unit)"
  }

  /// What the bytes of an activity are: of the output where one is written, else of the input.
  private var verb: String {
    guard unit == "bytes" else { return "" }
    let reading = ["hashing", "verifying", "packing", "reading", "statistics", "measuring"]
    return reading.contains { activity.hasPrefix($0) } ? " read" : " written"
  }

  /// `85.0 MiB/s written`.
  var speed: String {
    guard let rate, rate.isFinite else { return "" }
    let amount =
      unit == "bytes"
      ? NumberFormat.bytes(UInt64(min(rate, 1e18)))
      : (rate < 99.5
        ? NumberFormat.significant(rate, 3) : NumberFormat.grouped(Int(min(rate, 1e15))))
        + " \(unit)"
    return "\(amount)/s\(verb)"
  }

  private var time: String {
    left.map { NumberFormat.clock($0) + " left" } ?? ""
  }

  /// One line for a log.
  var logLine: String {
    let parts = [percentage, amount, speed, time, figure ?? ""]
      .map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
    return activity + ": " + parts.joined(separator: ", ")
  }

  /// One line that fits the terminal: first the rate goes, then the amounts, then the bar.
  func line(for terminal: Terminal) -> String {
    // The last column stays free, so that no terminal wraps.
    let width = (terminal.width ?? 80) - 1
    let figure = figure ?? ""
    let choices = [
      [percentage, amount, speed, time, figure], [percentage, amount, time, figure],
      [percentage, time, figure], [percentage, time], [percentage],
    ]
    func joined(_ parts: [String]) -> String {
      parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }
    let fixed = terminal.isASCII ? activity.displayed().inASCII : activity.displayed()
    for parts in choices {
      let figures = joined(parts)
      let room = width - fixed.displayWidth - figures.displayWidth - 4
      if room >= 8 { return "\(fixed)  \(bar(min(room, 30), terminal))  \(figures)" }
    }
    for parts in choices {
      let line = joined([fixed] + parts)
      if line.displayWidth <= width { return line }
    }
    return joined([fixed, percentage]).cut(to: width, at: .middle)
  }

  /// Done and undone parts differ without colour, too.
  private func bar(_ cells: Int, _ terminal: Terminal) -> String {
    let share = total > 0 ? min(1, Double(count) / Double(total)) : 0
    let full = Int(share * Double(cells))
    let (done, open) = terminal.isASCII ? ("#", "-") : ("━", "╌")
    return TextStyle.cyan.apply(String(repeating: done, count: full), on: terminal)
      + TextStyle.dim.apply(String(repeating: open, count: cells - full), on: terminal)
  }
}
