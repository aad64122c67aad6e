import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeTemplates

/// `render`: a conversation through a chat template.
struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Render a conversation by a model's chat template.",
    discussion: """
      Prints exactly the text that the model would read, and nothing else. The template is the model's own, \
      run as transformers runs it: the same text, and the same refusals (status 3).

      FILE holds a JSON array of messages, or an object with "messages" and maybe "tools"; - is standard \
      input.

      EXAMPLES
        weighbridge render model.gguf --messages chat.json --generate
        weighbridge render ./checkpoint --messages chat.json --tools tools.json
        weighbridge render --template chat.jinja --messages - --set 'bos_token="<s>"'
        weighbridge render model.gguf --messages chat.json \\
          --set enable_thinking=false
        weighbridge render model.gguf --messages chat.json --tokens
      """)

  @Argument(
    help:
      "A model: a file, any shard, a folder, a bundle, or bundle#member; or a tokenizer's folder.",
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp("A template to use instead of the model's.", valueName: "file"),
    completion: .file())
  var template: String?

  @Option(
    help: ArgumentHelp(
      "Which of the model's templates: default, tool_use, ….", valueName: "name"))
  var templateName: String?

  @Option(help: ArgumentHelp("The conversation, as JSON.", valueName: "file"), completion: .file())
  var messages: String

  @Option(
    help: ArgumentHelp("Tools that may be called, as a JSON array.", valueName: "file"),
    completion: .file())
  var tools: String?

  @Flag(help: "End where the model's answer begins (add_generation_prompt).")
  var generate = false

  @Option(
    help: ArgumentHelp(
      "Give the template a further variable. Repeatable.", valueName: "key=json"))
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "The time that the template sees: 2026-11-22 or 2026-11-22T14:05:09.", valueName: "time"))
  var now: String?

  @Flag(help: "Print token ids, separated by commas, instead of the text.")
  var tokens = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard model != nil || template != nil else {
      throw ValidationError("give a MODEL or --template FILE")
    }
    guard template == nil || templateName == nil else {
      throw ValidationError("--template-name chooses among a model's templates; omit --template")
    }
    guard !tokens || model != nil else {
      throw ValidationError("--tokens needs a MODEL, whose tokenizer cuts the text")
    }
  }

  func run() throws {
    let request = try self.request()
    let renderer: ConversationRenderer
    if let template {
      renderer = try ConversationRenderer(file: template, model: model)
    } else {
      renderer = try ConversationRenderer(
        model: model ?? "", named: templateName, withTools: request.tools != nil)
    }
    Console.report(renderer.diagnostics, common.verbosity)
    let text = try renderer.render(request)
    let ids =
      tokens
      ? try common.openTokenizer(model ?? "").encode(conversation: text) : nil
    if json {
      var document: JSONObject = JSONObject()
      document["schema"] = "weighbridge.render/1"
      document["text"] = JSONValue(text)
      if let ids { document["tokens"] = .array(ids.map { .integer(Int($0)) }) }
      Console.print(json: .object(document))
    } else if let ids {
      Console.print(ids.map { "\($0)" }.joined(separator: ","))
    } else {
      Console.print(exactly: text)
    }
  }

  private func request() throws -> ConversationRenderer.Request {
    let document = try read(messages)
    guard let conversation = document.array.map({ JSONValue.array($0) }) ?? document["messages"],
      conversation.array != nil
    else {
      throw UsageError(
        message: "\(messages): a JSON array of messages is expected, or an object with one",
        hint: #"[{"role": "user", "content": "Hello"}]"#)
    }
    var request = ConversationRenderer.Request(messages: conversation)
    request.tools = try tools.map { try read($0) } ?? document["tools"]
    request.generates = generate
    for assignment in set {
      guard let mark = assignment.firstIndex(of: "="), mark != assignment.startIndex else {
        throw UsageError(message: "--set takes KEY=JSON, not '\(assignment)'")
      }
      let text = assignment[assignment.index(after: mark)...]
      guard let value = try? JSONValue.parse(Array(text.utf8)) else {
        throw UsageError(
          message: "--set \(assignment): '\(text)' is no JSON value",
          hint: #"texts stand in quotes: --set 'name="value"'"#)
      }
      request.variables.append((String(assignment[..<mark]), value))
    }
    if let now {
      guard let time = TemplateTime(now) else {
        throw UsageError(
          message: "--now takes a date and time such as 2026-11-22T14:05:09, not '\(now)'")
      }
      request.now = time
    }
    return request
  }

  private func read(_ path: String) throws -> JSONValue {
    if path == "-" { return try JSONValue.read(MemorySource(TextInput.read("-"))) }
    return try JSONValue.read(try FileSource(path: path))
  }
}
