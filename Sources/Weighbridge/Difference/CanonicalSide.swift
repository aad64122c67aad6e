internal import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeModelIR

/// A model brought into the form in which models of all containers can be compared.
package struct CanonicalSide: Sendable {
  package let path: String
  /// As it was opened.
  package let opened: Model
  /// Under GGUF's names, or as it was opened where it has no others.
  package let model: Model
  /// Why it has no others; nil where it has.
  package let refusal: WeighbridgeError?

  /// Brings a model under GGUF's names; an adapter as it would be converted for the checkpoint `base`.
  package init(_ path: String, _ opened: Model, base: String? = nil) {
    self.path = path
    self.opened = opened
    do {
      (model, refusal) = (try Self.canonical(opened, base), nil)
    } catch {
      (model, refusal) = (opened, WeighbridgeError(error))
    }
  }

  init(_ path: String, opened: Model, model: Model, refusal: WeighbridgeError?) {
    self.path = path
    self.opened = opened
    self.model = model
    self.refusal = refusal
  }

  private static func canonical(_ opened: Model, _ base: String?) throws -> Model {
    switch opened.kind {
    case .gguf, .checkpoint, .legacy:
      var options = CanonicalOptions()
      // What differs from what GGUF can hold is a difference that `convert` speaks of.
      options.legacy.keepsBlocks = true
      return try CanonicalModel.make(opened, options)
    case .adapter:
      var options = ConversionOptions()
      options.base = try AdapterInput.base(base, of: opened)
      return try Converter.plan(opened, options).model
    case .importance, .baseline, .tensors: return opened
    }
  }
}
