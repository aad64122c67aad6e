import ArgumentParser

/// Options of commands that read a checkpoint's configuration.
struct AcceptOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Go on without what a key of config.json asks for, where GGUF or this program has no place for "
        + "it; repeatable.", valueName: "key"))
  var accept: [String] = []

  var keys: Set<String> { Set(accept) }
}
