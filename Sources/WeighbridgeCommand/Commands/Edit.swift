import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `edit`: a model's metadata, chat template, tokens and names.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change metadata, chat template, tokens or tensor names, in place or in a copy.",
    discussion: """
      --in-place writes only what lies in front of the tensors, however large the file is: where the new \
      header has room (in padding, in what a shorter value leaves, in a reserve). Killed at any moment, it \
      leaves the old file or the new one: what was begun is finished by the next command that opens it. -o \
      writes a copy; with --reserve, one that has room for later edits.

      KEY=TYPE:VALUE as of --override; without TYPE, the type that the key has. TYPE[] takes a JSON array, \
      file the text of a file. All parts of a split GGUF are edited as one. In a folder, keys are \
      FILE.json:KEY; in a safetensors file they are those of __metadata__.

      EXAMPLES
        weighbridge edit model.gguf --chat-template chat.jinja --in-place
        weighbridge edit model.gguf --set general.name='My model' -o renamed.gguf \\
          --reserve 64KiB
        weighbridge edit model.gguf --set llama.rope.freq_base=f32:500000 --in-place
        weighbridge edit model.gguf --special-token eos='<|im_end|>' \\
          --token-type 5=control --in-place
        weighbridge edit model.gguf --remove 'quantize.imatrix.*' --in-place \\
          --dry-run
        weighbridge edit ./checkpoint --set config.json:rope_theta=float:500000 \\
          --in-place
      """)

  @Argument(
    help: "A model: a file, any shard, a folder; with -o also what is elsewhere.",
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("Set a key. Repeatable.", valueName: "key=type:value"))
  var set: [String] = []

  @Option(
    name: [.long, .customLong("override-kv")],
    help: ArgumentHelp(
      "The same, as other commands call it. Repeatable.", valueName: "key=type:value"))
  var override: [String] = []

  @Option(
    name: [.long, .customLong("remove-metadata")],
    help: ArgumentHelp("Remove a key; * stands for any characters. Repeatable.", valueName: "key"))
  var remove: [String] = []

  @Option(
    help: ArgumentHelp("Give a key or a tensor another name. Repeatable.", valueName: "old=new"))
  var rename: [String] = []

  @Option(
    help: ArgumentHelp(
      "Set the chat template to the text of a file; NAME=FILE sets one of several. Repeatable.",
      valueName: "file"), completion: .file())
  var chatTemplate: [String] = []

  @Flag(help: "Remove all chat templates.")
  var removeChatTemplate = false

  @Option(
    help: ArgumentHelp(
      "Say which token is bos, eos, eot, eom, unk, sep, pad, cls, mask, fim_pre, …, by its text. "
        + "Repeatable.", valueName: "name=token"))
  var specialToken: [String] = []

  @Option(
    name: [.long, .customLong("special-token-by-id")],
    help: ArgumentHelp("The same, by its number. Repeatable.", valueName: "name=id"))
  var specialTokenId: [String] = []

  @Option(
    help: ArgumentHelp(
      "Say what a token, by number or text, is: normal, unknown, control, user-defined, unused, byte. "
        + "Repeatable.", valueName: "token=type"))
  var tokenType: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep this much free for later edits (key edit.reserve, which readers ignore).",
      valueName: "size"))
  var reserve: ByteSize?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Write a copy.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Change the file itself.")
  var inPlace = false

  @Flag(help: "Replace an output that is there already.")
  var force = false

  @Flag(help: "Print what would be done; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (output != nil) != inPlace || (dryRun && output == nil) else {
      throw ValidationError(
        output == nil ? "give -o FILE for a copy, or --in-place" : "give either -o or --in-place")
    }
  }

  func run() throws {
    let edit = try self.edit()
    guard !edit.isEmpty else {
      throw UsageError(
        message: "nothing to change: give --set, --remove, --rename, --chat-template, …",
        hint: "see 'weighbridge edit --help'")
    }
    let outcome: EditOutcome
    if let output {
      outcome = try CopyEdit(edit, resources: common.resources, force: force, isDry: dryRun)
        .run(model, to: output)
    } else {
      outcome = try InPlaceEdit(edit, force: force, isDry: dryRun).run(model)
    }
    if json { return Console.print(json: outcome.json(dryRun: dryRun)) }
    for line in outcome.lines { Console.note(line, common.verbosity) }
    for file in outcome.files {
      let size = NumberFormat.bytes(file.byteCount)
      Console.note(
        dryRun
          ? "\(file.path): \(size), nothing written (--dry-run)"
          : "\(file.path): \(size), \(NumberFormat.grouped(Int(clamping: file.written))) bytes written",
        common.verbosity)
    }
  }

  private func edit() throws -> ModelEdit {
    var edit = ModelEdit()
    edit.assignments = try (set + override).map { try MetadataAssignment($0) }
    edit.removals = remove
    edit.renames = try rename.map { try Self.pair($0, "--rename", "OLD=NEW") }
    edit.removesTemplates = removeChatTemplate
    for argument in chatTemplate {
      // A file whose name has an equals sign is a file.
      let named = PathKind(following: argument) == nil && argument.contains("=")
      let (name, file) =
        named ? try Self.pair(argument, "--chat-template", "NAME=FILE") : ("", argument)
      let bytes = try TextInput.read(file)
      guard String(validating: bytes, as: UTF8.self) != nil else {
        throw UsageError(message: "\(file): a template is a text in UTF-8")
      }
      edit.templates.append((named ? name : nil, ByteString(bytes)))
    }
    for argument in specialToken {
      let (name, text) = try Self.pair(argument, "--special-token", "NAME=TOKEN")
      edit.specials.append((try Self.special(name), .text(text)))
    }
    for argument in specialTokenId {
      let (name, text) = try Self.pair(argument, "--special-token-id", "NAME=ID")
      guard let id = Int(text), id >= 0 else {
        throw UsageError(message: "--special-token-id \(argument): '\(text)' is no token's number")
      }
      edit.specials.append((try Self.special(name), .id(id)))
    }
    for argument in tokenType {
      guard let mark = argument.lastIndex(of: "="), mark != argument.startIndex else {
        throw UsageError(message: "--token-type takes TOKEN=TYPE, not '\(argument)'")
      }
      let token = String(argument[..<mark])
      let type = String(argument[argument.index(after: mark)...]).lowercased()
      guard let number = Self.types[type] else {
        throw UsageError(
          message: "--token-type \(argument): there is no type '\(type)'",
          hint: "types: "
            + Self.types.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", "))
      }
      edit.tokenTypes.append((Int(token).map { .id($0) } ?? .text(token), number))
    }
    edit.reserve = reserve.map { Int(clamping: $0.bytes) }
    if let bytes = reserve?.bytes, bytes > 1 << 30 {
      throw UsageError(message: "--reserve takes at most 1 GiB, the longest text that ggml reads")
    }
    return edit
  }

  private static let types: [String: Int32] = [
    "normal": 1, "unknown": 2, "control": 3, "user-defined": 4, "unused": 5, "byte": 6,
  ]
  /// GGUF spells some in its own way.
  private static let specials: [String: String] = [
    "bos": "bos", "eos": "eos", "unk": "unknown", "unknown": "unknown", "sep": "seperator",
    "separator": "seperator", "seperator": "seperator", "pad": "padding", "padding": "padding",
    "cls": "cls", "mask": "mask", "eot": "eot", "eom": "eom", "fim_pre": "fim_pre",
    "fim_suf": "fim_suf", "fim_mid": "fim_mid", "fim_pad": "fim_pad", "fim_rep": "fim_rep",
    "fim_sep": "fim_sep", "prefix": "prefix", "suffix": "suffix", "middle": "middle",
  ]

  private static func special(_ name: String) throws -> String {
    guard let known = specials[name.lowercased()] else {
      throw UsageError(
        message: "there is no special token '\(name)'",
        hint: "names: " + specials.keys.sorted().joined(separator: ", "))
    }
    return known
  }

  private static func pair(
    _ argument: String, _ option: String, _ form: String
  ) throws -> (String, String) {
    guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else {
      throw UsageError(message: "\(option) takes \(form), not '\(argument)'")
    }
    return (String(argument[..<mark]), String(argument[argument.index(after: mark)...]))
  }
}
