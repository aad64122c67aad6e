internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What is wrong with a model.
package struct Validation: Sendable {
  package let path: String
  /// Errors first, each rule's findings in its order.
  package private(set) var findings: [Finding]
  /// How many tensors were read value by value.
  package private(set) var checkedTensors = 0

  /// The findings of one severity.
  package func count(_ severity: WeighbridgeModelIR.Diagnostic.Severity) -> Int {
    findings.filter { $0.severity == severity }.count
  }

  /// Programs that refuse the model, with the codes of what they refuse.
  package var refusals: [(reader: FindingKind.Reader, codes: [String])] {
    FindingKind.Reader.allCases.compactMap { reader in
      var codes: [String] = []
      for finding in findings where finding.kind.refusals.contains(reader) {
        if !codes.contains(finding.kind.code) { codes.append(finding.kind.code) }
      }
      return codes.isEmpty ? nil : (reader, codes)
    }
  }

  /// Checks the model at a path; what cannot be opened is a finding, too.
  ///
  /// Throws where the system fails, or where nothing is there. `source` is the checkpoint that it came
  /// from, `base` the one that an adapter belongs to; `readsTensors` is whether every value is looked at.
  package init(
    _ path: String, against source: String?, base: String? = nil, readsTensors: Bool,
    using resources: Resources
  ) throws {
    self.path = path
    findings = []
    let bundle = try? ModelInput.bundleIfNamed(path)
    if let bundle, readsTensors {
      let found = bundle.verify(workers: resources.threads, progress: resources.progress)
      for problem in found.problems { findings.append(try Self.finding(problem, path)) }
    }
    let opened: Model
    do { opened = try ModelInput.open(path) } catch let error as FormatError {
      // The system failed: nothing is known of the model.
      if error.cause != nil { throw error }
      if error.code == .notThisFormat, bundle != nil || Self.isKnown(path) {
        findings.append(Finding(.noted, at: path, error.message))
      } else {
        findings.append(try Self.finding(error, path))
      }
      return
    }
    let canonical = canonicalModel(of: opened, base)
    let context = ValidationContext(path, opened, canonical: canonical, resources)
    for rule in ValidationRule.all where readsTensors || !rule.readsTensors {
      try add { try rule.find(context) }
    }
    if readsTensors { checkedTensors = opened.tensors.count }
    if let source {
      let side = CanonicalSide(source, try ModelInput.open(source), base: base)
      try add { try SourceRules(context: context, source: side, sourcePath: source).findings() }
    }
    let order: [WeighbridgeModelIR.Diagnostic.Severity] = [.error, .warning, .note]
    findings = order.flatMap { severity in findings.filter { $0.severity == severity } }
  }

  /// Adds what a rule finds; that it could not read on is a finding too.
  private mutating func add(_ find: () throws -> [Finding]) throws {
    do { findings += try find() } catch let error as FormatError {
      if error.cause != nil { throw error }
      findings.append(try Self.finding(error, path))
    }
  }

  /// Whether it is something else that is read here, though no model.
  private static func isKnown(_ path: String) -> Bool {
    switch try? Location(path).open() {
    case .importanceMatrix, .baseline: true
    case .model, .bundle, nil: false
    }
  }

  private static func finding(_ error: FormatError, _ path: String) throws -> Finding {
    guard let kind = FindingKind.broken[error.code] else { throw error }
    let place = error.offset.map { "\(error.source), byte \($0)" } ?? error.source
    return Finding(kind, at: place, error.message)
  }

  /// The model as it would be run; what keeps it from that is a finding.
  private mutating func canonicalModel(of opened: Model, _ base: String?) -> Model? {
    switch opened.kind {
    case .importance, .baseline, .tensors: return opened.kind == .tensors ? nil : opened
    case .adapter:
      do {
        var options = ConversionOptions()
        options.base = try AdapterInput.base(base, of: opened)
        let plan = try Converter.plan(opened, options)
        findings += Self.notes(plan.notes)
        return plan.model
      } catch {
        findings.append(refusal(error))
        return nil
      }
    case .gguf, .checkpoint, .legacy:
      do {
        var options = CanonicalOptions()
        options.legacy.keepsBlocks = true
        let model = try CanonicalModel.make(opened, options)
        if opened.kind == .checkpoint {
          let known = Set(opened.problems.map { "\($0.code) \($0.place) \($0.message)" })
          findings += Self.notes(
            model.problems.filter { !known.contains("\($0.code) \($0.place) \($0.message)") })
          findings += Self.notes(try ConfigurationAudit.warnings(on: model, accepting: []))
        }
        return model
      } catch {
        findings.append(refusal(error))
        return nil
      }
    }
  }

  private static func notes(_ diagnostics: [WeighbridgeModelIR.Diagnostic]) -> [Finding] {
    diagnostics.map { note in
      Finding(
        .configuration, at: note.place, "\(note.message) [\(note.code)]",
        severity: note.severity == .error ? .warning : note.severity)
    }
  }

  private func refusal(_ error: any Error) -> Finding {
    let known = WeighbridgeError(error)
    let codes: Set<String> = [
      "unsupported-architecture", "unsupported-tokenizer", "unsupported-encoding",
      "unsupported-setting", "invalid-request",
    ]
    let hint = known.hint.map { " (\($0))" } ?? ""
    return Finding(
      codes.contains(known.code) ? .unsupported : .unconvertible, at: path, known.message + hint)
  }

  /// The edit that takes away what can be taken away safely.
  package var repairs: ModelEdit {
    var edit = ModelEdit()
    for finding in findings {
      switch finding.repair {
      case .set(let key, let value): edit.values.append((ByteString(key), value))
      case .remove(let key): edit.removals.append(key)
      case .tokenType(let id, let type): edit.tokenTypes.append((.id(id), type))
      case .rewrite: edit.isRewrite = true
      case nil: break
      }
    }
    return edit
  }

  /// The document of `--json`.
  package var json: JSONValue {
    var document = JSONObject()
    document["schema"] = "weighbridge.validate/1"
    document["model"] = JSONValue(path)
    document["errors"] = .integer(count(.error))
    document["warnings"] = .integer(count(.warning))
    document["notes"] = .integer(count(.note))
    document["tensorsChecked"] = .integer(checkedTensors)
    document["findings"] = .array(
      findings.map { finding in
        [
          "severity": JSONValue(finding.severity.rawValue), "code": JSONValue(finding.kind.code),
          "where": JSONValue(finding.place), "message": JSONValue(finding.message),
          "why": JSONValue(finding.kind.why), "fix": JSONValue(finding.kind.fix),
          "fixable": .bool(finding.repair != nil),
        ]
      })
    document["refusedBy"] = .array(
      refusals.map { reader, codes in
        [
          "program": JSONValue(reader.rawValue), "codes": .array(codes.map { JSONValue($0) }),
        ]
      })
    return .object(document)
  }
}
