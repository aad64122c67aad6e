import Foundation
import TestSupport
import Testing
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import Weighbridge
@testable import WeighbridgeByteIO

/// Edits in place and in copies.
@Suite struct EditTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String = "m.gguf", reserve: Int? = nil) throws -> String {
    var model = try TinyModel()
    if let reserve { model.metadata["edit.reserve"] = GGUFHeaderEdit.reserve(reserve) }
    return try folder.write(try model.bytes(), to: name)
  }

  private func edit(_ change: (inout ModelEdit) throws -> Void) rethrows -> InPlaceEdit {
    var edit = ModelEdit()
    try change(&edit)
    return InPlaceEdit(edit, force: false, isDry: false)
  }

  @Test(arguments: ["", "a", String(repeating: "{{ x }}", count: 100)])
  func onlyTheHeaderChanges(template: String) throws {
    let path = try write(reserve: 2000)
    let before = try TestFiles.bytes(path)
    let data = try ModelInput.open(path)
    let outcome = try edit { $0.templates = [(nil, ByteString(template))] }.run(path)
    let after = try TestFiles.bytes(path)
    #expect(before.count == after.count && before != after)
    let model = try ModelInput.open(path)
    #expect(model.metadata["tokenizer.chat_template"]?.string == ByteString(template))
    #expect(model.tensors.map(\.location) == data.tensors.map(\.location))
    let start = try #require(data.tensors.first?.location?.offset)
    #expect(before[Int(start)...] == after[Int(start)...])
    #expect(outcome.files[0].written < start + 24)
    #expect(folder.names == ["m.gguf"])
  }

  @Test func whatHasNoRoomIsRefusedAndLeavesTheFile() throws {
    let path = try write()
    let before = try TestFiles.bytes(path)
    let error = #expect(throws: ModelError.self) {
      _ = try edit { $0.templates = [(nil, ByteString(String(repeating: "x", count: 5000)))] }
        .run(path)
    }
    #expect(error?.message.contains("bytes too many") == true)
    #expect(try TestFiles.bytes(path) == before && folder.names == ["m.gguf"])
  }

  /// A shorter value leaves a gap, whatever its size, and a later edit takes it back.
  @Test(arguments: 0..<70)
  func shrinkingAndGrowing(removed: Int) throws {
    var model = try TinyModel()
    model.metadata["general.description"] = .string(
      ByteString(String(repeating: "x", count: 100)))
    let path = try folder.write(try model.bytes(), to: "m.gguf")
    let before = try TestFiles.bytes(path)
    _ = try edit {
      $0.values = [
        ("general.description", .string(ByteString(String(repeating: "x", count: 100 - removed))))
      ]
    }.run(path)
    #expect(try ModelInput.open(path).problems.isEmpty)
    _ = try edit {
      $0.values = [("general.description", .string(ByteString(String(repeating: "x", count: 100))))]
    }.run(path)
    #expect(try TestFiles.bytes(path) == before)
  }

  @Test func everythingThatCanBeSaid() throws {
    let path = try write(reserve: 4000)
    _ = try edit {
      $0.assignments = [
        try MetadataAssignment("llama.rope.freq_base=f32:500000"),
        try MetadataAssignment("llama.context_length=256"),
        try MetadataAssignment("x.list=i32[]:[1,2,3]"),
        try MetadataAssignment("x.texts=str[]:[\"a\",\"b\"]"),
      ]
      $0.removals = ["general.ty*"]
      $0.renames = [
        ("general.file_type", "x.type"), ("blk.0.attn_q.weight", "blk.0.attn_qq.weight"),
      ]
      $0.specials = [("bos", .text("<|im_start|>")), ("eot", .id(0))]
      $0.tokenTypes = [(.text("ab"), 4), (.id(3), 3)]
      $0.templates = [("tool_use", "T")]
    }.run(path)
    let model = try ModelInput.open(path)
    let metadata = model.metadata
    #expect(metadata["llama.rope.freq_base"] == .float32(500_000))
    #expect(metadata["llama.context_length"] == .uint32(256))
    #expect(metadata["x.list"]?.array?.integers == [1, 2, 3])
    #expect(metadata["x.texts"]?.array?.strings == ["a", "b"])
    #expect(metadata["general.type"] == nil && metadata["x.type"] == .uint32(0))
    #expect(metadata["tokenizer.ggml.bos_token_id"] == .uint32(1))
    #expect(metadata["tokenizer.ggml.eot_token_id"] == .uint32(0))
    let types = metadata["tokenizer.ggml.token_type"]?.array?.integers
    #expect(types?[6] == 4 && types?[3] == 3)
    #expect(metadata["tokenizer.chat_templates"]?.array?.strings == ["tool_use"])
    #expect(model.tensor(named: "blk.0.attn_qq.weight") != nil)
    #expect(model.tensor(named: "blk.0.attn_q.weight") == nil)
  }

  @Test func aKilledEditIsFinishedByWhoeverOpensTheFile() throws {
    let path = try write(reserve: 2000)
    let old = try TestFiles.bytes(path)
    _ = try edit { $0.templates = [(nil, "new")] }.run(path)
    let new = try TestFiles.bytes(path)
    // What a kill leaves: the journal, and the file in each of its states.
    let end = try #require(try ModelInput.open(path).tensors.first?.location?.offset)
    let start = InPlaceChange.Start(path: path, bytes: Array(new[..<Int(end)]))
    for state in 0..<4 {
      try folder.write(old, to: "m.gguf")
      let part = try #require(try ChangedPart(start))
      let record = ChangeRecord([part])
      var file = old
      if state > 0 { file.replaceSubrange(0..<12, with: record.mark) }
      if state > 1 { file.replaceSubrange(100..<1500, with: new[100..<1500]) }
      try folder.write(file, to: "m.gguf")
      // In the last state the journal itself was not whole yet.
      let journal = state == 3 ? Array(record.bytes.dropLast(20)) : record.bytes
      try folder.write(state == 3 ? old : file, to: "m.gguf")
      try folder.write(journal, to: ".m.gguf.weighbridge-edit")
      let model = try ModelInput.open(path)
      let isNew = state == 1 || state == 2
      #expect(try TestFiles.bytes(path) == (isNew ? new : old), "state \(state)")
      #expect(
        model.metadata["tokenizer.chat_template"]?.string == (isNew ? "new" : TinyModel.template))
      #expect(folder.names == ["m.gguf"])
    }
  }

  @Test func aMarkedFileWithoutItsJournalIsNoModel() throws {
    let path = try folder.write(
      InPlaceChange.signature + (try TinyModel().bytes().dropFirst(4)), to: "m.gguf")
    let error = #expect(throws: FormatError.self) { _ = try ModelInput.open(path) }
    #expect(error?.code == .notThisFormat && error?.message.contains("interrupted edit") == true)
  }

  @Test func aCopyIsWhatTheEditInPlaceMakes() throws {
    let path = try write(reserve: 2000)
    var edit = ModelEdit()
    edit.templates = [(nil, "new")]
    let output = folder.path + "/copy.gguf"
    _ = try CopyEdit(edit, resources: Resources(threads: 1), force: false, isDry: false)
      .run(path, to: output)
    let model = try ModelInput.open(output)
    #expect(model.metadata["tokenizer.chat_template"]?.string == "new")
    #expect(model.metadata["edit.reserve"]?.string?.count == 2000)
  }

  @Test func aCheckpointsFolder() throws {
    let name = "jargon-llama"
    let copy = folder.path + "/" + name
    try FileManager.default.copyItem(
      atPath: SharedData.fixture("models/jargon-llama"), toPath: copy)
    _ = try edit {
      $0.assignments = [
        try MetadataAssignment("config.json:rope_theta=float:500000"),
        try MetadataAssignment("config.json:rope_scaling.factor=float:2"),
      ]
      $0.templates = [(nil, "new")]
    }.run(copy)
    let text = try TestFiles.text(copy + "/config.json")
    #expect(text.contains("\"rope_theta\": 500000.0") && text.contains("\"factor\": 2.0"))
    #expect(try TestFiles.text(copy + "/chat_template.jinja") == "new")
  }

  @Test func theMetadataOfSafetensors() throws {
    let path = folder.path + "/model.safetensors"
    try FileManager.default.copyItem(
      atPath: SharedData.fixture("models/jargon-llama/model.safetensors"), toPath: path)
    let roomy = folder.path + "/roomy.safetensors"
    var first = ModelEdit()
    first.assignments = [try MetadataAssignment("note=str:one")]
    first.reserve = 512
    _ = try CopyEdit(first, resources: Resources(threads: 1), force: false, isDry: false)
      .run(path, to: roomy)
    let size = try TestFiles.bytes(roomy).count
    _ = try edit { $0.assignments = [try MetadataAssignment("note=str:another, longer")] }.run(
      roomy)
    #expect(try TestFiles.bytes(roomy).count == size)
    let (own, other) = (try ModelInput.open(path), try ModelInput.open(roomy))
    #expect(other.metadata["note"]?.string == "another, longer")
    let rows = 0..<1
    for (left, right) in zip(own.tensors, other.tensors) {
      #expect(left.name == right.name)
      #expect(try left.payload.readBytes(rows: rows) == right.payload.readBytes(rows: rows))
    }
  }
}
