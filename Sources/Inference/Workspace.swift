internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// Memory for what lies between hidden states; walks that take turns share it.
///
/// None of it is touched before it is used, so what a model does not need costs nothing.
struct Workspace: Sendable {
  /// Tokens that walk together at most.
  let tokens: Int
  let normed: SharedBuffer<Float>
  let second: SharedBuffer<Float>
  let branch: SharedBuffer<Float>
  let wide: SharedBuffer<Float>
  let mixed: SharedBuffer<Float>
  /// Left matrices, keys and values in the order in which tiles read them.
  let packed: SharedBuffer<Float>
  /// How the machine multiplies.
  let tile = Tile.native
  /// Hears where the time goes.
  let profile: WorkProfile?
  let pool = ScratchPool()

  /// Memory that serves any of the decoders, for `windows` of at most `length` tokens.
  init(_ decoders: [Decoder], windows: Int, length: Int, _ options: InferenceOptions) {
    tokens = windows * length
    profile = options.profile
    let need = WorkspaceNeed(decoders, length: length, tile: tile)
    func buffer(_ columns: Int) -> SharedBuffer<Float> {
      SharedBuffer(uninitialized: windows * length * columns)
    }
    normed = buffer(need.normed)
    second = buffer(need.second)
    branch = buffer(need.branch)
    wide = buffer(need.wide)
    mixed = buffer(need.mixed)
    packed = SharedBuffer(uninitialized: windows * need.packedPerWindow)
  }
}

/// Columns that each part of a workspace needs: the most that any layer of any model takes.
struct WorkspaceNeed: Hashable, Sendable {
  private(set) var normed = 0
  private(set) var second = 0
  private(set) var branch = 0
  private(set) var wide = 0
  private(set) var mixed = 0
  /// Floats of packed matrices for one window.
  private(set) var packedPerWindow = 0
  /// Columns of all models' hidden states.
  private(set) var hidden = 0

  init(_ decoders: [Decoder], length: Int, tile: Tile) {
    for decoder in decoders {
      let width = decoder.description.width
      let parts = decoder.layers.flatMap { $0.stages.flatMap { $0.branches.map(\.part) } }
      // Chosen keys are kept beside the hidden states, where there are more to choose from.
      hidden +=
        decoder.carried.count
        + parts.reduce(0) { $1.need.chosen < length ? max($0, $1.need.chosen) : $0 }
      normed = max(normed, width)
      if decoder.altUp != nil { branch = max(branch, width) }
      for layer in decoder.layers {
        for stage in layer.stages {
          if stage.needsBranch { branch = max(branch, width) }
          if stage.needsSecond { second = max(second, width) }
        }
        let needs = layer.stages.flatMap { $0.branches.map(\.part.need) }
        wide = needs.reduce(wide) { max($0, $1.wide) }
        mixed = needs.reduce(mixed) { max($0, $1.mixed) }
        wide = max(wide, layer.streams?.wide ?? 0)
        // Windows need not be whole tiles long; with one row of tiles more for all of them it fits.
        let inputs = layer.linears.map(\.inputs).max() ?? 0
        packedPerWindow = max(packedPerWindow, (length + tile.rows) * inputs)
        for keys in needs.compactMap(\.keys) {
          packedPerWindow = max(
            packedPerWindow,
            PackedKeys.count(
              keys: length, groups: keys.groups, keyWidth: keys.keyWidth,
              valueWidth: keys.valueWidth, tile: tile.columns))
        }
      }
    }
  }

  /// Bytes for a window of `length` tokens, with its hidden states in every model.
  func bytesPerWindow(length: Int) -> Int {
    4 * (length * (hidden + normed + second + branch + wide + mixed) + packedPerWindow)
  }
}
