import Foundation
import TestSupport
import Testing

@testable import WeighbridgeByteIO

/// Where outputs may go: the one rule.
@Suite struct OutputPlaceTests {
  private static func refusal(
    _ name: String, _ order: OutputPlace.Order = .anyOrder, replacing: Bool = true
  ) -> IOError? {
    #expect(throws: IOError.self) { _ = try OutputPlace(name, order, replacing: replacing) }
  }

  @Test func aFifoIsWrittenIntoAndNeverReplaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/fifo"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    let error = Self.refusal(path)
    #expect(error?.code == .notAFile && error?.reason.contains("a FIFO") == true)
    let output = try TextOutput(path, replacing: false)
    // Held open for both, so that neither side waits for the other, or misses it.
    let reader = unsafe open(path, O_RDWR)
    defer { close(reader) }
    try output.write("a report\n")
    var bytes = [UInt8](repeating: 0, count: 9)
    #expect(unsafe read(reader, &bytes, 9) == 9 && bytes == Array("a report\n".utf8))
    #expect(PathKind(of: path) == .fifo && folder.names == ["fifo"])
  }

  @Test func aDeviceIsWrittenIntoAndNeverReplaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/null"
    guard unsafe mknod(path, S_IFCHR | 0o666, dev_t(1 << 8 | 3)) == 0 else {
      print("skipped: only root makes devices")
      return
    }
    #expect(Self.refusal(path)?.code == .notAFile)
    try TextOutput(path, replacing: false).write("gone")
    #expect(PathKind(of: path) == .device && folder.names == ["null"])
  }

  @Test func foldersSocketsAndNoNamesAreRefused() throws {
    let folder = try TemporaryFolder()
    #expect(Self.refusal(folder.path)?.reason == "it is a folder")
    #expect(Self.refusal(folder.path + "/new/")?.code == .notAFile)
    #expect(Self.refusal("-")?.code == .notAFile)
    #expect(Self.refusal("-", .startToEnd)?.hint?.contains("/dev/stdout") == true)
    #expect(Self.refusal("")?.code == .notAFile)
    let missing = Self.refusal(folder.path + "/a/b")
    #expect(missing?.reason == "the folder \(folder.path)/a does not exist")
    try folder.write([1], to: "file")
    #expect(Self.refusal(folder.path + "/file/b")?.reason.contains("not a folder") == true)
    let socket = Node.socket(at: folder.path + "/s")
    defer { close(socket) }
    #expect(Self.refusal(folder.path + "/s", .startToEnd)?.reason.contains("a socket") == true)
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let folder = try TemporaryFolder()
    let target = try folder.write([1], to: "target")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: "target")
    #expect(
      Self.refusal(folder.path + "/link", replacing: false)?.reason.contains("--force") == true)
    let file = try AtomicFile(path: folder.path + "/link", byteCount: 2, replaces: true)
    try file.sink.write([7, 8], at: 0)
    try file.commit()
    #expect(try TestFiles.bytes(target) == [7, 8])
    #expect(PathKind(of: folder.path + "/link") == .link && folder.names == ["link", "target"])
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/dangling", withDestinationPath: "nowhere")
    #expect(Self.refusal(folder.path + "/dangling")?.reason.contains("nowhere") == true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/loop", withDestinationPath: "loop")
    #expect(Self.refusal(folder.path + "/loop")?.code == .notAFile)
  }

  /// By the same name, a hard link, a symbolic link, and whatever is asked for.
  @Test func whatIsReadIsNeverAnOutput() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], to: "in")
    try FileManager.default.linkItem(atPath: path, toPath: folder.path + "/hard")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/soft", withDestinationPath: "in")
    let source = try FileSource(path: path)
    for name in ["in", "hard", "soft", "./in"] {
      #expect(Self.refusal(folder.path + "/" + name)?.code == .isInput, "\(name)")
      #expect(Self.refusal(folder.path + "/" + name, .startToEnd)?.code == .isInput, "\(name)")
    }
    // A place that was free when it was looked at.
    let file = try AtomicFile(path: folder.path + "/late", byteCount: 1, replaces: true)
    try FileManager.default.linkItem(atPath: path, toPath: folder.path + "/late")
    do {
      try file.commit()
      Issue.record("it replaced an input")
    } catch { #expect(error.code == .isInput) }
    #expect(try source.readBytes(at: 0, count: 3) == [1, 2, 3])
    #expect(folder.names == ["hard", "in", "late", "soft"])
  }

  @Test func anInputThatChangedIsFound() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], to: "in")
    let source = try FileSource(path: path)
    try InputLedger.checkUnchanged([path])
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: Data([9]))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: path)
    let error = #expect(throws: IOError.self) { try InputLedger.checkUnchanged([path]) }
    #expect(error?.code == .inputChanged && error?.path == path)
    // One that was only removed is still read as it was.
    try FileManager.default.removeItem(atPath: path)
    try InputLedger.checkUnchanged([path])
    #expect(source.byteCount == 3)
  }

  @Test func outputsOfOneCommandAreDistinct() throws {
    let folder = try TemporaryFolder()
    let (a, b) = (folder.path + "/out", folder.path + "/./out")
    let error = #expect(throws: IOError.self) { try OutputPlace.checkDistinct([a, b]) }
    #expect(error?.reason.contains("another output") == true)
    try OutputPlace.checkDistinct([a, folder.path + "/other", "/dev/null", "/dev/null"])
  }

  @Test(arguments: [0o600, 0o640, 0o444]) func aReplacedFileKeepsItsMode(_ mode: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "out")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    let file = try AtomicFile(path: path, byteCount: 1, replaces: true)
    let hidden = try FileManager.default.attributesOfItem(atPath: file.sink.path)
    #expect(hidden[.posixPermissions] as? Int == 0o600)
    try file.commit()
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == mode)
  }
}

/// Several files that appear together, and what dead runs leave.
@Suite struct PublicationTests {
  private static func works(_ folder: TemporaryFolder, _ names: [String]) throws -> [WorkFile] {
    try names.map { name in
      let work = try WorkFile(
        for: OutputPlace(folder.path + "/" + name, replacing: true), byteCount: 1)
      try work.sink.write([42], at: 0)
      return work
    }
  }

  /// The last of three cannot get its name: the first gets its old content back, the second goes.
  @Test func allOrNone() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "a")
    let works = try Self.works(folder, ["a", "b", "c"])
    try FileManager.default.createDirectory(
      atPath: folder.path + "/c/inner", withIntermediateDirectories: true)
    #expect(throws: IOError.self) { try WorkFile.commit(works) }
    #expect(try TestFiles.bytes(folder.path + "/a") == [1])
    #expect(!TestFiles.exists(folder.path + "/b"))
    for name in ["a", "b", "c"] { WorkFile.remove(for: folder.path + "/" + name) }
    #expect(folder.names == ["a", "c"])
  }

  /// A run that died among the renames is finished by the next.
  @Test func theRestIsGivenItsNames() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "a")
    _ = try Self.works(folder, ["b", "c"])
    let journal = try LockedFile(for: folder.path + "/out", isTemporary: false)
    try journal.append(Leftovers.head(outputs: ["a", "b", "c"]))
    _ = consume journal
    let found = try LockedFile(for: folder.path + "/out", isTemporary: false)
    #expect(try Leftovers.settle(found, in: folder.path + "/", replacing: false))
    found.remove()
    #expect(folder.names == ["a", "b", "c"])
    #expect(try TestFiles.bytes(folder.path + "/c") == [42])
  }

  @Test func whatWasNotWholeIsRemoved() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2], to: ".out.weighbridge-work")
    try folder.write([], to: ".out.weighbridge-journal")
    try folder.write([1], to: ".part.weighbridge-work")
    try folder.write(
      Array(
        "weighbridge-journal 1\nrecipe: x\noutput: part, 5 bytes, 00\noutput: ../up, 1 bytes, 00\n\n"
          .utf8),
      to: ".out.weighbridge-journal")
    let file = try AtomicFile(path: folder.path + "/out", byteCount: 1)
    try file.commit()
    #expect(folder.names == ["out"])
  }

  /// The name of a journal leads to somebody else's file: that file is not written to.
  @Test func aLinkInTheJournalsPlaceHarmsNobody() throws {
    for isHard in [true, false] {
      let folder = try TemporaryFolder()
      let victim = try folder.write([1, 2, 3], to: "victim")
      let name = folder.path + "/.out.weighbridge-journal"
      if isHard {
        try FileManager.default.linkItem(atPath: victim, toPath: name)
      } else {
        try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: "victim")
      }
      let file = try AtomicFile(path: folder.path + "/out", byteCount: 1)
      try file.commit()
      #expect(try TestFiles.bytes(victim) == [1, 2, 3])
      #expect(folder.names == ["out", "victim"])
    }
  }

  @Test func whatIsNoJournalIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("my notes".utf8), to: ".out.weighbridge-journal")
    let error = #expect(throws: IOError.self) {
      _ = try AtomicFile(path: folder.path + "/out", byteCount: 1)
    }
    #expect(error?.reason.contains("no journal") == true)
    #expect(folder.names == [".out.weighbridge-journal"])
    let fifo = folder.path + "/.new.weighbridge-journal"
    #expect(unsafe mkfifo(fifo, 0o600) == 0)
    #expect(throws: IOError.self) { _ = try AtomicFile(path: folder.path + "/new", byteCount: 1) }
    #expect(PathKind(of: fifo) == .fifo)
  }

  @Test func oneRunWritesAnOutputAtATime() throws {
    let folder = try TemporaryFolder()
    let first = try AtomicFile(path: folder.path + "/out", byteCount: 1)
    let error = #expect(throws: IOError.self) {
      _ = try AtomicFile(path: folder.path + "/out", byteCount: 1)
    }
    #expect(error?.reason.contains("another run") == true)
    try first.commit()
    #expect(folder.names == ["out"])
  }

  @Test func namesAsLongAsTheyCanBe() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    let file = try AtomicFile(path: folder.path + "/" + name, byteCount: 1)
    try file.commit()
    #expect(folder.names == [name])
  }

  @Test func theFilesOfAFolderAppearTogether() throws {
    let parent = try TemporaryFolder()
    for isNew in [true, false] {
      let path = parent.path + "/out"
      if !isNew {
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try parent.write([1], to: "out/a")
      }
      let before = parent.names
      let folder = try AtomicFolder(path: path + "/", replacing: !isNew)
      #expect(folder.isNew == isNew)
      try folder.prepare([("a", 1), ("sub/b", 1)])
      for name in ["a", "sub/b"] {
        let file = try folder.create(name, byteCount: 1)
        try file.sink.write([9], at: 0)
        try folder.finish(file)
      }
      if !isNew { #expect(try TestFiles.bytes(path + "/a") == [1]) }
      #expect(!TestFiles.exists(path + "/sub/b"))
      if isNew { #expect(!before.contains("out")) }
      try folder.commit()
      #expect(try TestFiles.bytes(path + "/a") == [9] && TestFiles.bytes(path + "/sub/b") == [9])
      #expect(parent.names == ["out"])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["a", "sub"])
    }
  }

  @Test func aFolderThatFailsLeavesNothing() throws {
    let parent = try TemporaryFolder()
    do {
      let folder = try AtomicFolder(path: parent.path + "/out", replacing: false)
      _ = try folder.create("sub/a", byteCount: 1)
      #expect(throws: IOError.self) { try folder.prepare([("big", 1 << 62)]) }
    }
    #expect(parent.names.isEmpty)
    // And what a dead run left is removed by the next.
    try FileManager.default.createDirectory(
      atPath: parent.path + "/.out.weighbridge-work/sub", withIntermediateDirectories: true)
    try parent.write([1], to: ".out.weighbridge-work/sub/x")
    let next = try AtomicFolder(path: parent.path + "/out", replacing: false)
    try next.commit()
    #expect(parent.names == ["out"])
  }
}

private enum Node {
  /// A listening socket's node.
  static func socket(at path: String) -> Int32 {
    let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
      for (index, byte) in path.utf8.enumerated() where index < buffer.count - 1 {
        unsafe buffer[index] = byte
      }
    }
    unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return descriptor
  }
}
