import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

extension Inspection {
  /// A short conversation as the model's chat template renders it, with the begin of an answer; empty
  /// where there is no template.
  func sampleConversation(_ terminal: Terminal) -> String {
    guard let conversation else { return "" }
    let lines = conversation.split(separator: "\n", omittingEmptySubsequences: false)
    return TextStyle.dim.apply("SAMPLE CONVERSATION", on: terminal) + "\n"
      + lines.map { "  \(String($0).displayed())\n" }.joined()
  }

  /// The same as it is, or why there is none; nil where there is no template.
  var conversation: String? {
    let renderer: ConversationRenderer
    do { renderer = try ConversationRenderer(model: path) } catch is RequestError {
      return nil
    } catch {
      return WeighbridgeError(error).message
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
      do { return try renderer.render(request) } catch {
        failure = WeighbridgeError(error).message
      }
    }
    return failure
  }
}
