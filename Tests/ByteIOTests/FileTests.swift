import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO

@Suite struct FileSourceTests {
  @Test func readsAnywhere() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(0..<100), to: "a")
    let source = try FileSource(path: path)
    #expect(source.byteCount == 100)
    #expect(try source.readBytes(at: 98, count: 2) == [98, 99])
    #expect(try source.readBytes(at: 100, count: 0) == [])
    #expect(throws: IOError.self) { try source.readBytes(at: 99, count: 2) }
    #expect(throws: IOError.self) { try source.readBytes(at: .max, count: 1) }
  }

  /// A file that shrinks while it is open is an error, not a short result and not a signal.
  @Test func aShrunkenFileIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 7, count: 10_000), to: "a")
    let source = try FileSource(path: path)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 5000)
    let error = #expect(throws: IOError.self) { try source.readBytes(at: 4000, count: 2000) }
    #expect(error?.reason.contains("shorter") == true)
    #expect(try source.readBytes(at: 4000, count: 1000).count == 1000)
  }

  @Test func onlyRegularFilesOpen() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: IOError.self) { try FileSource(path: folder.path + "/no") }
    #expect(missing?.operation == .open && missing?.number == 2)
    let directory = #expect(throws: IOError.self) { try FileSource(path: folder.path) }
    #expect(directory?.reason == "a folder, not a regular file")
    let device = #expect(throws: IOError.self) { try FileSource(path: "/dev/null") }
    #expect(device?.reason == "a device, not a regular file")
  }

  @Test func foldersAreListedInOrder() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/sub/deep", withIntermediateDirectories: true)
    for name in ["b", "a", ".hidden", "sub/c", "sub/deep/d", "Z"] {
      try folder.write([1], to: name)
    }
    let tree = try DirectoryTree(path: folder.path)
    #expect(tree.names == ["Z", "a", "b", "sub/c"])
    #expect(try tree.open("sub/c").byteCount == 1)
    #expect(throws: IOError.self) { try tree.open("missing") }
    #expect(DirectoryTree.isDirectory(folder.path))
    #expect(!DirectoryTree.isDirectory(folder.path + "/a"))
    let file = SingleFileTree(path: folder.path + "/a")
    #expect(file.names == ["a"])
    #expect(try file.open("b").byteCount == 1)
    #expect(SingleFileTree(path: "plain").names == ["plain"])
  }
}

@Suite struct AtomicFileTests {
  @Test func appearsWholeAndOnce() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/out"
    let file = try AtomicFile(path: path, byteCount: 6)
    try file.sink.write([4, 5, 6], at: 3)
    #expect(folder.names == [".out.weighbridge-journal", ".out.weighbridge-work"])
    try file.sink.write([1, 2, 3], at: 0)
    try file.commit()
    #expect(folder.names == ["out"])
    #expect(try TestFiles.bytes(path) == [1, 2, 3, 4, 5, 6])
  }

  @Test func anUncommittedFileIsRemoved() throws {
    let folder = try TemporaryFolder()
    do {
      let file = try AtomicFile(path: folder.path + "/out", byteCount: 10)
      try file.sink.write([1], at: 0)
      #expect(folder.names.count == 2)
    }
    #expect(folder.names.isEmpty)
  }

  /// Nothing is replaced without permission, whether it is there at the start or appears meanwhile.
  @Test func nothingIsReplacedWithoutPermission() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([9], to: "out")
    let early = #expect(throws: IOError.self) { _ = try AtomicFile(path: path, byteCount: 1) }
    #expect(early?.reason.contains("--force") == true)
    let other = folder.path + "/late"
    let file = try AtomicFile(path: other, byteCount: 1)
    try folder.write([8], to: "late")
    do {
      try file.commit()
      Issue.record("it replaced a file")
    } catch { #expect(error.operation == .rename) }
    #expect(folder.names == ["late", "out"])
    #expect(try TestFiles.bytes(other) == [8])
    #expect(try TestFiles.bytes(path) == [9])
  }

  @Test func withPermissionItIsReplacedWhole() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([9, 9, 9], to: "out")
    let file = try AtomicFile(path: path, byteCount: nil, replaces: true)
    try file.sink.write([1, 2], at: 0)
    #expect(try TestFiles.bytes(path) == [9, 9, 9])
    try file.commit()
    #expect(try TestFiles.bytes(path) == [1, 2])
    #expect(folder.names == ["out"])
  }

  @Test func whatCannotBeIsRefusedAtOnce() throws {
    let folder = try TemporaryFolder()
    let full = #expect(throws: IOError.self) {
      _ = try AtomicFile(path: folder.path + "/out", byteCount: 1 << 62)
    }
    #expect(full?.operation == .create)
    #expect(folder.names.isEmpty)
    let nowhere = #expect(throws: IOError.self) {
      _ = try AtomicFile(path: folder.path + "/no/out", byteCount: 1)
    }
    #expect(nowhere?.reason == "the folder \(folder.path)/no does not exist")
    #expect(nowhere?.path == folder.path + "/no/out")
    #expect(throws: IOError.self) {
      _ = try AtomicFile(path: folder.path + "/out", byteCount: .max)
    }
  }

  /// Where the rename cannot succeed, nothing is left behind either.
  @Test func aFolderIsNotReplaced() throws {
    let folder = try TemporaryFolder()
    let file = try AtomicFile(path: folder.path + "/out", byteCount: 1, replaces: true)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/out/inner", withIntermediateDirectories: true)
    do {
      try file.commit()
      Issue.record("it replaced a folder")
    } catch { #expect(error.operation == .rename) }
    #expect(folder.names == ["out"])
  }
}

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 7]) func everyJobRunsOnce(_ workers: Int) {
    let sum = Tally()
    Workers.run(1000, on: workers, scratch: { 0 }) { (scratch: inout Int, job) in
      scratch += 1
      sum.add(job)
    }
    #expect(sum.total == 499_500)
    #expect(sum.count == 1000)
  }

  @Test func theFirstErrorIsThrown() {
    let error = #expect(throws: IOError.self) {
      try Workers.run(100, on: 2, scratch: { () }) { (_: inout Void, job) throws(IOError) in
        if job == 5 { throw IOError(.read, path: "x", reason: "job 5") }
      }
    }
    #expect(error?.reason == "job 5")
  }

  @Test func noJobsIsNoWork() {
    Workers.run(0, on: 4, scratch: { () }) { (_: inout Void, _) in Issue.record("a job ran") }
  }
}

/// Adds up from any thread.
final class Tally: @unchecked Sendable {
  private let lock = NSLock()
  private var sum = 0
  private var jobs = 0
  func add(_ number: Int) {
    lock.withLock {
      sum += number
      jobs += 1
    }
  }
  var total: Int { lock.withLock { sum } }
  var count: Int { lock.withLock { jobs } }
}
