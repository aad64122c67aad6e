internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The files that this process reads, so that no output replaces one of them, and nothing is published
/// that was made of a file which changed meanwhile.
///
/// Every `FileSource` is entered here, so no command can forget one of its inputs: shards, texts,
/// matrices, recipes and maps count like the model. A file counts as long as it is open; in a process
/// that is one command (`keepAll`) also when it was read and closed.
package enum InputLedger {
  private struct Entry {
    let path: String
    let identity: FileIdentity
    var readers: Int
    /// Whether its bytes were read, or it only lies in a folder that is an input.
    var isRead: Bool
  }

  private struct State {
    var entries: [FileIdentity.Place: Entry] = [:]
    var keepsAll = false
  }

  private static let state = Mutex(State())

  /// From now on, files that were closed count too.
  package static func keepAll() { state.withLock { $0.keepsAll = true } }

  /// What a reader lets go of again.
  struct Receipt: Sendable {
    fileprivate let place: FileIdentity.Place
  }

  static func opened(_ path: String, _ identity: FileIdentity) -> Receipt {
    state.withLock { state in
      var entry =
        state.entries[identity.place]
        ?? Entry(path: path, identity: identity, readers: 0, isRead: true)
      entry.readers += 1
      if !entry.isRead { entry = Entry(path: path, identity: identity, readers: 1, isRead: true) }
      state.entries[identity.place] = entry
    }
    return Receipt(place: identity.place)
  }

  static func closed(_ receipt: Receipt) {
    state.withLock { state in
      state.entries[receipt.place]?.readers -= 1
      if !state.keepsAll, state.entries[receipt.place]?.readers == 0 {
        state.entries[receipt.place] = nil
      }
    }
  }

  /// Protects a file that belongs to an input, though nobody may read it.
  package static func protect(_ path: String) {
    guard let identity = FileIdentity(path: path) else { return }
    state.withLock { state in
      guard state.keepsAll, state.entries[identity.place] == nil else { return }
      state.entries[identity.place] = Entry(
        path: path, identity: identity, readers: 0, isRead: false)
    }
  }

  /// Throws where a path leads to an input: by the same name, a hard link or a symbolic link.
  ///
  /// `others` are inputs that were read and closed, for a process that does not keep all.
  package static func check(output path: String, beside others: [String] = []) throws(IOError) {
    guard let place = FileIdentity(path: path)?.place else { return }
    let known = state.withLock { $0.entries[place]?.path }
    guard let input = known ?? others.first(where: { FileIdentity(path: $0)?.place == place })
    else { return }
    throw IOError(
      .create, path: path, code: .isInput,
      reason: input == path
        ? "it is an input, and inputs are never overwritten"
        : "it is the same file as the input \(input), and inputs are never overwritten",
      hint: "choose another name for the output")
  }

  /// Throws where an input is not what it was when it was opened: what was made of it is a mixture.
  ///
  /// Every file that was read is asked for where the process is one command (`keepAll`), else only
  /// `files`: in another program a file may belong to other work.
  package static func checkUnchanged(_ files: [String] = []) throws(IOError) {
    let read = state.withLock { state in
      state.entries.values.filter { $0.isRead && (state.keepsAll || files.contains($0.path)) }
    }
    for entry in read.sorted(by: { $0.path < $1.path }) {
      // What has no name any more is held by its reader, and nobody else can write to it.
      guard let now = FileIdentity(path: entry.path), now != entry.identity else { continue }
      throw IOError(
        .read, path: entry.path, code: .inputChanged,
        reason: "the file was changed while it was read, and the result would be a mixture",
        hint: "repeat the command when nothing else writes to the file")
    }
  }
}
