internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// What decides the bytes of an output, in words: two runs with the same lines write the same bytes.
package struct PlanIdentity: Hashable, Sendable {
  /// One thing that counts.
  struct Line: Hashable, Sendable {
    let label: String
    let value: String

    init(label: String, value: String) {
      self.label = label
      self.value = value
    }

    /// An input file: where it is, and what tells it from itself at another time.
    init(input: String) {
      let stamp = FileIdentity(path: input).map { "\($0.byteCount) bytes of \($0.modified)" }
      self.init(
        label: "input", value: "\(FileIdentity.resolved(input)), \(stamp ?? "not on disk")")
    }
  }

  let lines: [Line]

  init(lines: [Line]) { self.lines = lines }

  /// Describes a plan.
  ///
  /// `source` is the model as it was opened, `inputs` are the files that it lies in, `parts` what is
  /// written, and `version` is the program's: another one might encode otherwise.
  package init(
    _ plan: ConversionPlan, of source: Model, from inputs: [String], _ options: ConversionOptions,
    parts: [(name: String, layout: FileLayout)], version: String
  ) {
    var lines = [
      Line(label: "program", value: version), Line(label: "recipe", value: plan.recipe),
      Line(label: "importance", value: options.importance.map(Self.digest) ?? "none"),
      Line(label: "clamp", value: options.clamps ? "yes" : "no"),
      Line(label: "right blocks", value: options.amendsEncoders ? "yes" : "no"),
    ]
    for input in inputs {
      lines.append(Line(input: input))
    }
    lines.append(Line(label: "input tensors", value: Self.digest(source, plan.rows)))
    self.init(lines, parts)
  }

  /// Describes the copying of tensors as they are: `activity` is what is done with them.
  package init(
    _ activity: String, of source: Model, from inputs: [String],
    parts: [(name: String, layout: FileLayout)], version: String
  ) {
    self.init(
      [Line(label: "program", value: version), Line(label: "activity", value: activity)]
        + inputs.map { Line(input: $0) }
        + [Line(label: "input tensors", value: Self.digest(source, []))], parts)
  }

  private init(_ lines: [Line], _ parts: [(name: String, layout: FileLayout)]) {
    let outputs = parts.map { part in
      Line(
        label: Leftovers.label,
        value: "\(part.name), \(part.layout.byteCount) bytes, "
          + SHA256.hash(part.layout.header).hexadecimal)
    }
    self.lines = (lines + outputs).map {
      Line(label: $0.label, value: String($0.value.map { $0.isNewline ? "\u{FFFD}" : $0 }))
    }
  }

  /// The same with one more thing that is kept with it.
  func with(_ label: String, _ value: String) -> PlanIdentity {
    PlanIdentity(lines: lines + [Line(label: label, value: value)])
  }

  /// The same without things that are kept with it.
  func without(_ labels: [String]) -> PlanIdentity {
    PlanIdentity(lines: lines.filter { !labels.contains($0.label) })
  }

  /// What is kept under a label.
  func value(_ label: String) -> String? { lines.first { $0.label == label }?.value }

  /// The first thing in which another plan differs: what it is, here and there.
  func difference(from other: PlanIdentity) -> (label: String, own: String, other: String)? {
    for (own, other) in zip(lines, other.lines) where own != other {
      return own.label == other.label
        ? (own.label, own.value, other.value)
        : ("number of files", "\(lines.count)", "\(self.lines.count)")
    }
    guard lines.count != other.lines.count else { return nil }
    return ("number of files", "\(lines.count)", "\(other.lines.count)")
  }

  private static func digest(_ matrix: ImportanceMatrix) -> String {
    var running = SHA256()
    for entry in matrix.entries {
      running.update(entry.name.bytes + [0])
      running.update(unsafe entry.values.span.bytes)
    }
    return running.finalize().hexadecimal
  }

  /// Names, encodings, shapes and places of the input's tensors, and what becomes of which.
  private static func digest(_ source: Model, _ rows: [ConversionPlan.Row]) -> String {
    var running = SHA256()
    for tensor in source.tensors {
      let place = tensor.location.map { "\($0.file) \($0.offset)" } ?? "-"
      running.update(tensor.name.bytes + [0])
      running.update(
        Array("\(tensor.layout.encoding.name) \(tensor.layout.shape) \(place)\n".utf8))
    }
    for row in rows {
      running.update(row.source.bytes + [0])
      running.update(Array("\(row.encoding) \(row.usesImportance)\n".utf8))
    }
    return running.finalize().hexadecimal
  }
}
