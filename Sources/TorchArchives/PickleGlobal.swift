internal import WeighbridgeByteIO

/// The classes and functions that a pickle may refer to: what rebuilding tensors takes, no more.
///
/// None of them is looked up or run; each is a case that the machine knows the meaning of.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3
  case rebuildParameter, rebuildParameterWithState, rebuildFromType
  case storage(TorchNumberType)
  case untypedStorage
  case numberType(TorchNumberType)
  case size, device, tensorClass
  /// `_codecs.encode`: how protocol 2 writes bytes.
  case encode
  case set

  /// The one with a module and a name; nil for everything that is not allowed.
  init?(module: ByteString, name: ByteString) {
    guard let known = Self.known[ByteString(module.bytes + [UInt8(ascii: ".")] + name.bytes)] else {
      return nil
    }
    self = known
  }

  private static let known: [ByteString: PickleGlobal] = {
    var known: [ByteString: PickleGlobal] = [
      "collections.OrderedDict": .orderedDictionary,
      "torch._utils._rebuild_tensor": .rebuildTensor,
      "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
      "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameterWithState,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch.UntypedStorage": .untypedStorage,
      "torch.storage.UntypedStorage": .untypedStorage,
      "torch.storage._UntypedStorage": .untypedStorage,
      "torch.Size": .size,
      "torch.device": .device,
      "torch.Tensor": .tensorClass,
      "torch._tensor.Tensor": .tensorClass,
      "torch.nn.parameter.Parameter": .tensorClass,
      "torch.nn.parameter.Buffer": .tensorClass,
      "_codecs.encode": .encode,
      "builtins.set": .set,
      "__builtin__.set": .set,
    ]
    for type in TorchNumberType.allCases {
      known[ByteString("torch.\(type.rawValue)")] = .numberType(type)
      if let name = type.storageClass {
        known[ByteString("torch.\(name)")] = .storage(type)
        known[ByteString("torch.storage.\(name)")] = .storage(type)
      }
    }
    return known
  }()
}
