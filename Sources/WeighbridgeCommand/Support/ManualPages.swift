import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON

/// Manual pages, made of what the commands say of themselves.
///
/// ArgumentParser dumps its commands as JSON ("ToolInfo", version 0); man(7) has the macros.
struct ManualPages {
  private let root: JSONValue

  init() throws {
    root = try JSONValue.parse(Array(WeighbridgeCommand._dumpHelp().utf8))["command"] ?? .null
  }

  private var commands: [JSONValue] {
    (root["subcommands"]?.array ?? []).filter { $0["commandName"]?.text != "help" }
  }

  /// The page of a command, or of the program; nil where there is no such command.
  func page(_ name: String?) -> String? {
    guard let name else { return page(root, title: "weighbridge") }
    let command = commands.first { $0["commandName"]?.text == name }
    return command.map { page($0, title: "weighbridge-\(name)") }
  }

  private func page(_ command: JSONValue, title: String) -> String {
    let call = title.replacing("weighbridge-", with: "weighbridge ")
    let (prose, examples) = Self.parts(command["discussion"]?.text ?? "")
    var text = ".TH \(title.uppercased()) 1 \"\" \"weighbridge \(Weighbridge.version)\" \"\"\n"
    text +=
      ".SH NAME\n\(Self.escaped(title)) \\- \(Self.escaped(command["abstract"]?.text ?? ""))\n"
    text += ".SH SYNOPSIS\n\(synopsis(command, call))\n"
    if !prose.isEmpty { text += ".SH DESCRIPTION\n\(Self.literal(prose))" }
    text += options(command)
    if title == "weighbridge" { text += commandList() }
    if !examples.isEmpty { text += ".SH EXAMPLES\n.nf\n\(Self.lines(examples)).fi\n" }
    text += """
      .SH EXIT STATUS
      0 done, 1 a check failed, 2 wrong usage, 3 invalid or unsupported input, 4 input or output failed, 5 an
      internal error, 130 interrupted.

      """
    if title != "weighbridge" { text += ".SH SEE ALSO\n\\fBweighbridge\\fR(1)\n" }
    return text
  }

  /// The prose of a discussion and its examples.
  private static func parts(_ discussion: String) -> (prose: [Substring], examples: [Substring]) {
    let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "EXAMPLES") else { return (lines, []) }
    let end = lines[start...].firstIndex { $0.isEmpty } ?? lines.endIndex
    return (Array(lines[..<start] + lines[end...]), Array(lines[(start + 1)..<end]))
  }

  private func arguments(_ command: JSONValue) -> [JSONValue] {
    (command["arguments"]?.array ?? []).filter { $0["shouldDisplay"]?.bool ?? false }
  }

  private func synopsis(_ command: JSONValue, _ call: String) -> String {
    let positional = arguments(command).filter { $0["kind"]?.text == "positional" }.map {
      argument in
      let name = "\\fI\(Self.escaped(argument["valueName"]?.text ?? ""))\\fR"
      let repeated = (argument["isRepeating"]?.bool ?? false) ? name + " ..." : name
      return (argument["isOptional"]?.bool ?? false) ? "[\(repeated)]" : repeated
    }
    let rest = call == "weighbridge" ? ["\\fIcommand\\fR"] : positional
    return (["\\fB\(Self.escaped(call))\\fR", "[\\fIoptions\\fR]"] + rest).joined(separator: " ")
  }

  private func options(_ command: JSONValue) -> String {
    let all = arguments(command)
    guard !all.isEmpty else { return "" }
    var text = ".SH OPTIONS\n"
    var section: String?
    for argument in all {
      let title = argument["sectionTitle"]?.text
      if title != section, let title { text += ".SS \(Self.escaped(title))\n" }
      if title == nil, section != nil { text += ".SS Other\n" }
      section = title
      text += ".TP\n\(heading(argument))\n\(Self.escaped(argument["abstract"]?.text ?? ""))\n"
      if let more = argument["discussion"]?.text { text += ".br\n\(Self.escaped(more))\n" }
    }
    return text
  }

  private func heading(_ argument: JSONValue) -> String {
    let value = Self.escaped(argument["valueName"]?.text ?? "")
    let names = (argument["names"]?.array ?? []).map { name in
      let dashes = name["kind"]?.text == "long" ? "\\-\\-" : "\\-"
      return "\\fB\(dashes)\(Self.escaped(name["name"]?.text ?? ""))\\fR"
    }
    switch argument["kind"]?.text {
    case "positional": return "\\fI\(value)\\fR"
    case "option": return names.joined(separator: ", ") + " \\fI\(value)\\fR"
    default: return names.joined(separator: ", ")
    }
  }

  private func commandList() -> String {
    commands.reduce(".SH COMMANDS\n") { text, command in
      let name = Self.escaped(command["commandName"]?.text ?? "")
      return text + ".TP\n\\fBweighbridge\\-\(name)\\fR(1)\n"
        + "\(Self.escaped(command["abstract"]?.text ?? ""))\n"
    }
  }

  /// Paragraphs are filled; indented lines stay as they are.
  private static func literal(_ lines: [Substring]) -> String {
    var text = ""
    var isLiteral = false
    for line in lines {
      let isIndented = line.hasPrefix("  ")
      if isIndented != isLiteral, !line.isEmpty {
        text += isIndented ? ".nf\n" : ".fi\n"
        isLiteral = isIndented
      }
      text += line.isEmpty ? ".PP\n" : escaped(String(line)) + "\n"
    }
    return text + (isLiteral ? ".fi\n" : "")
  }

  private static func lines(_ lines: [Substring]) -> String {
    lines.map { escaped(String($0)) + "\n" }.joined()
  }

  /// Text that troff takes for nothing but itself.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&" + $0 : String($0) }
    return plain.joined(separator: "\n")
  }
}
