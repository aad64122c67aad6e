import ArgumentParser

/// Options of commands that read a checkpoint's configuration.
struct AcceptOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ignore a key of config.json that GGUF or this program cannot represent; repeatable.",
      valueName: "key"))
  var accept: [String] = []

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "Read a checkpoint as one of this class or family, whatever its config.json names.",
      valueName: "name"))
  var family: String?

  var keys: Set<String> { Set(accept) }
}
