import ArgumentParser
import Weighbridge

/// What the user says of a model in `general.*`, over what its files say.
struct AuthorshipOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("model-name")],
    help: ArgumentHelp("general.name.", valueName: "text"))
  var name: String?

  @Option(help: ArgumentHelp("general.author.", valueName: "text"))
  var author: String?

  /// Not `--version`, which asks for the program's.
  @Option(
    name: .customLong("model-version"), help: ArgumentHelp("general.version.", valueName: "text"))
  var version: String?

  @Option(help: ArgumentHelp("general.organization.", valueName: "text"))
  var organization: String?

  @Option(help: ArgumentHelp("general.finetune: what it was tuned for.", valueName: "text"))
  var finetune: String?

  @Option(help: ArgumentHelp("general.basename: what all sizes share.", valueName: "text"))
  var basename: String?

  @Option(help: ArgumentHelp("general.description.", valueName: "text"))
  var description: String?

  @Option(help: ArgumentHelp("general.quantized_by.", valueName: "text"))
  var quantizedBy: String?

  @Option(help: ArgumentHelp("general.size_label: 7B, 8x7B.", valueName: "text"))
  var sizeLabel: String?

  @Option(help: ArgumentHelp("general.license: an SPDX identifier.", valueName: "text"))
  var license: String?

  @Option(help: ArgumentHelp("general.license.name.", valueName: "text"))
  var licenseName: String?

  @Option(help: ArgumentHelp("general.license.link.", valueName: "url"))
  var licenseLink: String?

  @Option(help: ArgumentHelp("general.url: this model's page.", valueName: "url"))
  var url: String?

  @Option(help: ArgumentHelp("general.doi.", valueName: "text"))
  var doi: String?

  @Option(help: ArgumentHelp("general.uuid.", valueName: "text"))
  var uuid: String?

  @Option(help: ArgumentHelp("general.repo_url: this model's repository.", valueName: "url"))
  var repoUrl: String?

  @Option(
    help: ArgumentHelp("general.source.url: the page of what was converted.", valueName: "url"))
  var sourceUrl: String?

  @Option(help: ArgumentHelp("general.source.repo_url.", valueName: "url"))
  var sourceRepoUrl: String?

  @Option(help: ArgumentHelp("general.tags; repeat it for more.", valueName: "text"))
  var tag: [String] = []

  @Option(help: ArgumentHelp("general.languages; repeat it for more.", valueName: "code"))
  var language: [String] = []

  /// The fields that were given, by their keys without `general.`.
  var fields: [GeneralField] {
    let texts: [(String, String?)] = [
      ("name", name), ("author", author), ("version", version), ("organization", organization),
      ("finetune", finetune), ("basename", basename), ("description", description),
      ("quantized_by", quantizedBy), ("size_label", sizeLabel), ("license", license),
      ("license.name", licenseName), ("license.link", licenseLink), ("url", url), ("doi", doi),
      ("uuid", uuid), ("repo_url", repoUrl), ("source.url", sourceUrl),
      ("source.repo_url", sourceRepoUrl),
    ]
    var fields = texts.compactMap { key, text in text.map { GeneralField(key, $0) } }
    for (key, list) in [("tags", tag), ("languages", language)] where !list.isEmpty {
      fields.append(GeneralField(key, list: list))
    }
    return fields
  }
}
