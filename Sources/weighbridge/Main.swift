import ArgumentParser

@main
struct Weighbridge: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "weighbridge")
}
