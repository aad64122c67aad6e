internal import WeighbridgeModelIR

extension FindingKind {
  private static let convert = "convert it again from its source"

  static let tokenizerMissing = FindingKind(
    .error, "tokenizer-missing", why: "a language model without a vocabulary cannot read text",
    fix: convert, refusedBy: .ggml)
  static let tokenizerUnknown = FindingKind(
    .error, "tokenizer-unknown", why: "llama.cpp stops at an unknown tokenizer.ggml.model",
    fix: "edit --set tokenizer.ggml.model=str:NAME, or a newer llama.cpp", refusedBy: .ggml)
  static let tokenizerBroken = FindingKind(
    .error, "tokenizer-broken", why: "the vocabulary cannot be used as it is", fix: convert,
    refusedBy: .ggml)
  static let tokenCount = FindingKind(
    .error, "token-count",
    why: "the number of tokens and the rows of the embeddings differ, so ids mean nothing",
    fix: convert, refusedBy: .ggml)
  static let tokenLists = FindingKind(
    .error, "token-lists", why: "types and scores need an entry for each token", fix: convert,
    refusedBy: .ggml)
  static let tokenRange = FindingKind(
    .error, "token-id-range",
    why: "the special token does not exist; readers take a default, which is another token",
    fix: "--fix removes the key; edit --special-token NAME=TEXT sets it right")
  static let tokenDuplicate = FindingKind(
    .error, "token-duplicate",
    why: "two ids have one text: llama.cpp ends the program on such a vocabulary", fix: convert,
    refusedBy: .ggml)
  static let preMissing = FindingKind(
    .warning, "pre-tokenizer-missing",
    why: "without tokenizer.ggml.pre text is cut by a default rule, and answers get worse",
    fix: "edit --set tokenizer.ggml.pre=str:NAME; validate --against SOURCE --fix finds it")
  static let preUnknown = FindingKind(
    .error, "pre-tokenizer-unknown",
    why: "llama.cpp stops at a pre-tokenizer that it does not know",
    fix: "edit --set tokenizer.ggml.pre=str:NAME, or a newer llama.cpp", refusedBy: .ggml)
  static let mergesMissing = FindingKind(
    .error, "merges-missing", why: "byte-pair vocabularies are of no use without their merges",
    fix: convert, refusedBy: .ggml)
  static let mergeUnknown = FindingKind(
    .warning, "merge-unknown", why: "a merge makes a text that is no token: it is never used",
    fix: convert)
  static let endMissing = FindingKind(
    .warning, "end-token-missing",
    why: "no token ends a generation, so programs go on until their limit",
    fix: "edit --special-token eos=TEXT")
  static let endType = FindingKind(
    .warning, "end-token-type",
    why: "the token that ends a turn is no control token, so users see it, or can write it",
    fix: "--fix makes it a control token")

  static let tokenizer: [FindingKind] = [
    tokenizerMissing, tokenizerUnknown, tokenizerBroken, tokenCount, tokenLists, tokenRange,
    tokenDuplicate, preMissing, preUnknown, mergesMissing, mergeUnknown, endMissing, endType,
  ]

  private static let another = "edit --chat-template FILE"

  static let templateSyntax = FindingKind(
    .error, "template-syntax", why: "the chat template does not compile: chats cannot be rendered",
    fix: another)
  static let templateFails = FindingKind(
    .warning, "template-fails", why: "the template fails on a plain conversation of two turns",
    fix: another)
  static let templateEnd = FindingKind(
    .warning, "template-end",
    why:
      "the template ends the model's turn with nothing that ends a generation: the model goes on",
    fix: "edit --special-token eos=TEXT or eot=TEXT, or --chat-template FILE")
  static let templateMarker = FindingKind(
    .warning, "template-marker",
    why: "the template writes a marker that is no token: the model has never seen these pieces",
    fix: another)
  static let templateBegin = FindingKind(
    .note, "template-begin",
    why: "template and tokenizer both put a begin token; programs must know to leave one out",
    fix: "edit --set tokenizer.ggml.add_bos_token=bool:false where the program doubles it")

  static let template: [FindingKind] = [
    templateSyntax, templateFails, templateEnd, templateMarker, templateBegin,
  ]
}
