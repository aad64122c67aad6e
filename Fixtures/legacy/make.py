#!/usr/bin/env python3
"""Makes a small model in each container of 2023, and malformed ones with the error that each must
give.

Each malformed file has one fault, named by the file; beside it, the code and the byte of the fault
as the rules in Specs/ggml-legacy.md have them. `super-blocks-of-64.json` is not made here: it holds
blocks and values that llama.cpp (a3a7e3e, 27 June 2023, built with GGML_QKK_64) computed.
"""

import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
BAD = os.path.join(HERE, "..", "malformed", "ggml")
WIDTH, LAYERS, TOKENS = 32, 1, [b"<unk>", b"<s>", b"</s>", b" a", b"b"]
MATRICES = [
    "attention.wq",
    "attention.wk",
    "attention.wv",
    "attention.wo",
    "feed_forward.w1",
    "feed_forward.w2",
    "feed_forward.w3",
]


def u32(*v):
    return struct.pack(f"<{len(v)}I", *v)


def f32(*v):
    return struct.pack(f"<{len(v)}f", *v)


def names():
    return (
        ["tok_embeddings.weight", "norm.weight", "output.weight"]
        + [f"layers.0.{m}.weight" for m in MATRICES]
        + ["layers.0.attention_norm.weight", "layers.0.ffn_norm.weight"]
    )


class Writer:
    def __init__(self, magic=b"tjgg", version=3, fields=None, tokens=TOKENS, scored=True):
        self.align = 32 if magic == b"tjgg" else 1
        fields = fields or [len(TOKENS), WIDTH, 32, 4, LAYERS, 8, 0]
        self.data = magic + (b"" if version is None else u32(version)) + u32(*fields)
        self.vocabulary = len(self.data)
        for i, token in enumerate(tokens):
            self.data += u32(len(token)) + token + (f32(-i) if scored else b"")
        self.records = []

    def tensor(self, name, rows=None, kind=0, dims=None, cut=0):
        dims = dims if dims is not None else [WIDTH] if "norm" in name else [WIDTH, rows or 2]
        self.records.append(len(self.data))
        self.data += u32(len(dims), len(name), kind, *dims) + name.encode()
        self.data += bytes(-len(self.data) % self.align)
        count = 1
        for d in dims:
            count *= d
        if count < 1 << 20:
            body = f32(*[len(self.records) + i / 8 for i in range(count)])
            self.data += body[: len(body) - cut]
        return self

    def all(self, skip=()):
        for name in names():
            if name not in skip:
                self.tensor(name)
        return self


def good(name, **kw):
    with open(f"{HERE}/{name}.bin", "wb") as file:
        file.write(Writer(**kw).all().data)


def bad(name, data, code, offset):
    os.makedirs(BAD, exist_ok=True)
    with open(f"{BAD}/{name}.bin", "wb") as file:
        file.write(data)
    with open(f"{BAD}/{name}.bin.error", "w") as file:
        file.write(f"{code} {offset}\n")


def model(name, magic, version, half=True):
    """A model that can run: shapes as a header of 2023 announces them, weights from a fixed
    sequence.
    """
    width, feed_forward, tokens = (
        32,
        64,
        [b" \xe2\x81\x87 ", b"", b""]
        + [bytes([b]) for b in b" abcdefghijklmnopqrstuvwxyz.,!?-012345"],
    )
    out = Writer(
        magic,
        version,
        [len(tokens), width, 32, 4, 1, 8, int(half)],
        tokens,
        scored=version is not None,
    )
    seed = 1
    for tensor in names():
        rows = {"tok_": len(tokens), "outp": len(tokens)}.get(
            tensor[:4], feed_forward if ".w1." in tensor or ".w3." in tensor else width
        )
        columns = feed_forward if ".w2." in tensor else width
        dims = [width] if "norm" in tensor else [columns, rows]
        count, values = width if "norm" in tensor else columns * rows, []
        for _ in range(count):
            seed = (seed * 1103515245 + 12345) % (1 << 31)
            values.append((seed / (1 << 30) - 1) * 0.25 + ("norm" in tensor))
        out.data += (
            u32(len(dims), len(tensor), int(half and len(dims) > 1), *dims) + tensor.encode()
        )
        out.data += bytes(-len(out.data) % out.align)
        out.data += struct.pack(f"<{count}{'e' if half and len(dims) > 1 else 'f'}", *values)
    os.makedirs(f"{HERE}/models", exist_ok=True)
    with open(f"{HERE}/models/{name}.bin", "wb") as file:
        file.write(out.data)


model("ggml", b"lmgg", None)
model("ggmf-1", b"fmgg", 1)
for v in (1, 2, 3):
    model(f"ggjt-{v}", b"tjgg", v)

good("ggml", magic=b"lmgg", version=None, scored=False)
good("ggmf-1", magic=b"fmgg", version=1)
for v in (1, 2, 3):
    good(f"ggjt-{v}", version=v)

whole = Writer().all()
first = whole.records[0]
bad("version", Writer(version=4).all().data, "unsupported-version", 4)
bad("magic-only", b"tjgg", "truncated", 4)
bad("header-truncated", whole.data[:20], "truncated", 20)
bad(
    "tokens-huge",
    Writer(fields=[1 << 31, WIDTH, 32, 4, LAYERS, 8, 0]).all().data,
    "limit-exceeded",
    8,
)
bad(
    "tokens-too-many",
    Writer(fields=[1 << 20, WIDTH, 32, 4, LAYERS, 8, 0]).all().data,
    "truncated",
    36,
)
bad(
    "layers-huge",
    Writer(fields=[len(TOKENS), WIDTH, 32, 4, 1 << 20, 8, 0]).all().data,
    "limit-exceeded",
    24,
)
bad(
    "layers-too-many",
    Writer(fields=[len(TOKENS), WIDTH, 32, 4, 2, 8, 0]).all().data,
    "truncated",
    len(whole.data),
)
bad(
    "layers-too-few",
    Writer(fields=[len(TOKENS), WIDTH, 32, 4, 0, 8, 0]).all().data,
    "invalid-value",
    whole.records[3],
)
bad(
    "file-type",
    Writer(fields=[len(TOKENS), WIDTH, 32, 4, LAYERS, 8, 77]).all().data,
    "invalid-value",
    36,
)
bad("token-huge", whole.data[:36] + u32(0xFFFFFFFF) + whole.data[40:], "limit-exceeded", 36)
bad("tokens-truncated", whole.data[:46], "truncated", 36)
bad("vocabulary-alone", whole.data[:first], "truncated", first)
bad(
    "tensor-missing",
    Writer().all(skip=["norm.weight"]).data,
    "truncated",
    len(Writer().all(skip=["norm.weight"]).data),
)
bad("record-truncated", whole.data[: whole.records[2] + 6], "truncated", whole.records[2] + 4)
last = whole.records[-1]
body = (last + 16 + len("layers.0.ffn_norm.weight") + 31) // 32 * 32
bad("data-truncated", whole.data[:-1], "truncated", body)
w = Writer().tensor("tok_embeddings.weight")
w.tensor("norm.weight", dims=[1, 1, 1, 1, 32])
bad("dimensions-five", w.data, "invalid-value", w.records[1])
w = Writer().tensor("tok_embeddings.weight")
w.tensor("norm.weight", dims=[0])
bad("dimension-zero", w.data, "invalid-value", w.records[1])
w = Writer().tensor("tok_embeddings.weight")
w.tensor("norm.weight", dims=[0xFFFFFFFF] * 4)
bad("dimensions-overflow", w.data, "invalid-value", w.records[1])
w = Writer().tensor("tok_embeddings.weight")
w.tensor("norm.weight", kind=99)
bad("type-unknown", w.data, "unsupported-encoding", w.records[1])
w = Writer().tensor("tok_embeddings.weight")
w.tensor("norm.weight", kind=2, dims=[33])
bad("row-of-part-blocks", w.data, "invalid-value", w.records[1])
w = Writer().tensor("tok_embeddings.weight").tensor("tok_embeddings.weight")
bad("name-twice", w.data, "duplicate-name", w.records[1])
w = Writer().tensor("")
bad("name-empty", w.data, "invalid-value", w.records[0])
w = Writer().tensor("tok_embeddings.weight")
bad("name-huge", w.data + u32(1, 1 << 30, 0, 32), "invalid-value", len(w.data))
w = Writer().tensor("visual.weight")
bad("first-name-foreign", w.data, "invalid-value", w.records[0])
