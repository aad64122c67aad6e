import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

extension Inspection {
  /// A short conversation as the model's chat template renders it, with the begin of an answer; empty
  /// where there is no template.
  func sampleConversation(_ terminal: Terminal) -> String {
    let heading = TextStyle.dim.apply("SAMPLE CONVERSATION", on: terminal) + "\n"
    let renderer: ConversationRenderer
    do { renderer = try ConversationRenderer(model: path) } catch is RequestError {
      return ""
    } catch {
      return heading + "  \(WeighbridgeError(error).message.displayed())\n"
    }
    let plain: [JSONValue] = [
      ["role": "user", "content": "What time is it?"],
      ["role": "assistant", "content": "It is nine o'clock."],
      ["role": "user", "content": "Thank you."],
    ]
    let system: JSONValue = ["role": "system", "content": "Be brief."]
    // Templates that know no system's turn refuse one.
    var failure = ""
    for messages in [[system] + plain, plain] {
      var request = ConversationRenderer.Request(messages: .array(messages))
      request.generates = true
      do {
        let text = try renderer.render(request)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return heading + lines.map { "  \(String($0).displayed())\n" }.joined()
      } catch { failure = WeighbridgeError(error).message }
    }
    return heading + "  \(failure.displayed())\n"
  }
}
