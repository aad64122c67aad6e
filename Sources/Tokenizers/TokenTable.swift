/// Finds strings of bytes by their content: open addressing over one flat array.
///
/// A dictionary of byte arrays costs one allocation a string and several times the time; a
/// vocabulary of 250,000 tokens is looked up for every pair of a text's characters.
struct TokenTable: Sendable {
  /// The value of a string that is not there.
  static let missing: Int32 = -1

  private var bytes: [UInt8] = []
  /// Where each string begins in `bytes`, and one more for the end.
  private var starts: [Int] = [0]
  private var slots: [Int32]
  private var mask: Int

  /// An empty table that holds `capacity` strings without growing.
  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [Int32](repeating: TokenTable.missing, count: size)
    mask = size - 1
  }

  /// The number of different strings.
  var count: Int { starts.count - 1 }

  /// The string with an index.
  func string(_ index: Int32) -> ArraySlice<UInt8> {
    bytes[starts[Int(index)]..<starts[Int(index) + 1]]
  }

  /// The index of a string, added at the end where it is new.
  mutating func insert(_ string: some Collection<UInt8>) -> Int32 {
    let copy = Array(string)
    let found = slot(of: copy.span)
    if slots[found] != TokenTable.missing { return slots[found] }
    let index = Int32(count)
    bytes.append(contentsOf: copy)
    starts.append(bytes.count)
    slots[found] = index
    if count * 2 > slots.count { grow() }
    return index
  }

  /// The index of a string, or `missing`.
  func index(of string: Span<UInt8>) -> Int32 { slots[slot(of: string)] }

  /// The index of a string, or `missing`.
  func index(of string: [UInt8]) -> Int32 { index(of: string.span) }

  /// Calls back with the length and the index of every string that is a prefix of `text` from a place
  /// on, the shorter first.
  func eachPrefix(
    of text: Span<UInt8>, from start: Int, longest: Int, _ body: (Int, Int32) -> Void
  ) {
    var hash = TokenTable.seed
    for count in 0..<max(0, longest) {
      hash = (hash ^ UInt64(text[start + count])) &* TokenTable.prime
      let string = text.extracting(start..<start + count + 1)
      let index = slots[slot(of: string, hash: TokenTable.folded(hash))]
      if index != TokenTable.missing { body(count + 1, index) }
    }
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  private static func folded(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7fff_ffff_ffff)
  }

  /// FNV-1a, folded: strings are a few bytes long.
  private static func hash(_ string: Span<UInt8>) -> Int {
    var hash = seed
    for index in string.indices { hash = (hash ^ UInt64(string[index])) &* prime }
    return folded(hash)
  }

  /// The slot that holds a string, or the free one where it belongs.
  private func slot(of string: Span<UInt8>) -> Int {
    slot(of: string, hash: TokenTable.hash(string))
  }

  private func slot(of string: Span<UInt8>, hash: Int) -> Int {
    var place = hash & mask
    while true {
      let index = Int(slots[place])
      if index < 0 { return place }
      let start = starts[index]
      if starts[index + 1] - start == string.count {
        var position = 0
        while position < string.count, bytes[start + position] == string[position] {
          position += 1
        }
        if position == string.count { return place }
      }
      place = (place + 1) & mask
    }
  }

  private mutating func grow() {
    let size = slots.count * 2
    mask = size - 1
    slots = [Int32](repeating: TokenTable.missing, count: size)
    for index in 0..<count {
      let place = slot(of: bytes[starts[index]..<starts[index + 1]].span)
      slots[place] = Int32(index)
    }
  }
}

/// Finds a number by a pair of numbers, with the same open addressing.
struct PairTable: Sendable {
  private var keys: [UInt64]
  private var values: [Int32]
  private var mask: Int
  private var count = 0
  private static let free = UInt64.max

  /// An empty table that holds `capacity` pairs without growing.
  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = [UInt64](repeating: PairTable.free, count: size)
    values = [Int32](repeating: TokenTable.missing, count: size)
    mask = size - 1
  }

  /// The value of a pair, or `TokenTable.missing`.
  func value(_ first: UInt32, _ second: UInt32) -> Int32 { values[slot(first, second)] }

  /// Sets a pair's value where it has none; the first value of a pair stays.
  mutating func insert(_ first: UInt32, _ second: UInt32, _ value: Int32) {
    let place = slot(first, second)
    guard keys[place] == PairTable.free else { return }
    keys[place] = UInt64(first) << 32 | UInt64(second)
    values[place] = value
    count += 1
    if count * 2 > keys.count { grow() }
  }

  private func slot(_ first: UInt32, _ second: UInt32) -> Int {
    let key = UInt64(first) << 32 | UInt64(second)
    let hash = (key ^ (key >> 31)) &* 0x9e37_79b9_7f4a_7c15
    var place = Int(truncatingIfNeeded: hash >> 20) & mask
    while keys[place] != PairTable.free, keys[place] != key { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    let (oldKeys, oldValues) = (keys, values)
    keys = [UInt64](repeating: PairTable.free, count: oldKeys.count * 2)
    values = [Int32](repeating: TokenTable.missing, count: oldKeys.count * 2)
    mask = keys.count - 1
    for (key, value) in zip(oldKeys, oldValues) where key != PairTable.free {
      let place = slot(UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
      keys[place] = key
      values[place] = value
    }
  }
}
