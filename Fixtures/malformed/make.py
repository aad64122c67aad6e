#!/usr/bin/env python3
"""Makes the malformed fixtures, and beside each the code and the offset of the error that it must
give.

Each file has one fault, named by the file. The expectation is derived from the rules in Specs/, not
from what the reader says: the code, then the byte at which the fault is (`-` where it is not in one
place).
"""

import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def save(folder, name, data, code, offset, expect=True):
    os.makedirs(f"{HERE}/{folder}", exist_ok=True)
    with open(f"{HERE}/{folder}/{name}", "wb") as file:
        file.write(data)
    if expect:
        with open(f"{HERE}/{folder}/{name}.error", "w") as file:
            file.write(f"{code} {'-' if offset is None else offset}\n")


# ── GGUF ──────────────────────────────────────────────────────────────────────────────────────────
def u32(*v):
    return struct.pack(f"<{len(v)}I", *v)


def u64(*v):
    return struct.pack(f"<{len(v)}Q", *v)


def s(text):
    return u64(len(text)) + text


def entry(key, kind, value):
    return s(key) + u32(kind) + value


def head(tensors, entries, version=3):
    return b"GGUF" + u32(version) + u64(tensors, entries)


def tensor(name, shape, kind, offset):
    return s(name) + u32(len(shape)) + u64(*shape) + u32(kind) + u64(offset)


def pad(data, to=32):
    return data + bytes(-len(data) % to)


def gguf(name, data, code, offset):
    save("gguf", name + ".gguf", data, code, offset)


def tensors(*lines, data=64, entries=b"", count=0, alignment=32):
    """Header, table, and `data` bytes of data; the table starts at 24 + len(entries)."""
    return pad(head(len(lines), count) + entries + b"".join(lines), alignment) + bytes(data)


def make_gguf():
    gguf("magic-reversed", b"FUGG" + u32(1, 0, 0), "not-this-format", 0)
    gguf(
        "lfs-pointer",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "not-this-format",
        0,
    )
    gguf("empty", b"", "not-this-format", 0)
    gguf("magic-cut", b"GGU", "truncated", 0)
    gguf("version-cut", b"GGUF\3\0", "truncated", 4)
    gguf("version-0", head(0, 0, 0), "unsupported-version", 4)
    gguf("version-4", head(0, 0, 4), "unsupported-version", 4)
    gguf("tensor-count-huge", head(2**64 - 1, 0), "limit-exceeded", 8)
    gguf("tensor-count-beyond-file", head(1000, 0), "truncated", 8)
    gguf("entry-count-huge", head(0, 2**63), "limit-exceeded", 16)
    gguf("entry-count-beyond-file", head(0, 5) + bytes(40), "truncated", 16)
    gguf("key-empty", head(0, 1) + entry(b"", 0, b"\1") + bytes(8), "invalid-value", 24)
    gguf("key-longer-than-file", head(0, 1) + u64(100) + bytes(30), "truncated", 24)
    gguf(
        "key-twice",
        head(0, 2) + entry(b"ab", 0, b"\1") + entry(b"ab", 0, b"\2"),
        "duplicate-name",
        39,
    )
    gguf("value-type-13", head(0, 1) + entry(b"k", 13, bytes(16)), "invalid-value", 33)
    gguf("value-cut", head(0, 1) + entry(b"key", 10, b"\1\2\3"), "truncated", 39)
    gguf("string-huge", head(0, 1) + entry(b"k", 8, u64(2**40)) + bytes(8), "limit-exceeded", 37)
    gguf("string-longer-than-file", head(0, 1) + entry(b"k", 8, u64(9)) + bytes(8), "truncated", 37)
    gguf("array-huge", head(0, 1) + entry(b"k", 9, u32(0) + u64(2**31)), "limit-exceeded", 41)
    gguf("array-longer-than-file", head(0, 1) + entry(b"k", 9, u32(5) + u64(1000)), "truncated", 41)
    gguf("array-of-type-99", head(0, 1) + entry(b"k", 9, u32(99) + u64(0)), "invalid-value", 37)
    nested = b"".join(u32(9) + u64(1) for _ in range(70))
    gguf(
        "array-too-deep",
        head(0, 1) + entry(b"k", 9, nested + u32(0) + u64(0)),
        "limit-exceeded",
        37 + 64 * 12,
    )
    align = lambda kind, value: entry(b"general.alignment", kind, value)
    gguf("alignment-0", head(0, 1) + align(4, u32(0)), "invalid-value", 24)
    gguf("alignment-13", head(0, 1) + align(4, u32(13)), "invalid-value", 24)
    gguf("alignment-as-int32", head(0, 1) + align(5, u32(32)), "invalid-value", 24)
    f32 = lambda name, offset, *shape: tensor(name, shape or (4,), 0, offset)
    gguf("tensor-name-4096-bytes", tensors(f32(b"n" * 4096, 0)), "limit-exceeded", 24)
    gguf("tensor-name-twice", tensors(f32(b"a", 0), f32(b"a", 32)), "duplicate-name", 24 + 33)
    gguf("dimensions-65", tensors(f32(b"a", 0, *[1] * 64, 4)), "limit-exceeded", 33)
    gguf("dimension-negative", tensors(f32(b"a", 0, 2**63)), "invalid-value", 24)
    gguf("elements-overflow", tensors(f32(b"a", 0, 2**40, 2**40)), "invalid-value", 24)
    gguf("bytes-overflow", tensors(f32(b"a", 0, 2**61, 2)), "invalid-value", 24)
    gguf("row-not-whole-blocks", tensors(tensor(b"a", (33,), 8, 0)), "invalid-value", 24)
    gguf("offset-not-aligned", tensors(f32(b"a", 0), f32(b"b", 16)), "invalid-value", 24 + 33)
    gguf(
        "offset-leaves-gap", tensors(f32(b"a", 0), f32(b"b", 64), data=96), "invalid-value", 24 + 33
    )
    gguf("offset-first-not-0", tensors(f32(b"a", 32)), "invalid-value", 24)
    gguf("tensors-overlap", tensors(f32(b"a", 0, 16), f32(b"b", 32)), "overlap", 24 + 33)
    gguf(
        "unknown-type-overlap",
        tensors(f32(b"a", 0), tensor(b"b", (8,), 999, 32), f32(b"c", 0)),
        "overlap",
        24 + 33,
    )
    gguf("data-missing", pad(head(1, 0) + f32(b"a", 0)), "truncated", 24)
    gguf("data-cut", tensors(f32(b"a", 0, 16), data=63), "truncated", 24)
    gguf("padding-cut", head(1, 0) + f32(b"a", 0), "truncated", 24 + 33)
    gguf("size-huge", tensors(f32(b"a", 0, 2**50)), "truncated", 24)
    cut = tensors(f32(b"a", 0), f32(b"b", 32))
    gguf("table-cut", cut[:70], "truncated", 70)
    split = lambda no, count, total: (
        entry(b"split.no", 2, struct.pack("<H", no))
        + entry(b"split.count", 2, struct.pack("<H", count))
        + entry(b"split.tensors.count", 5, u32(total))
    )
    part = lambda no, count, total, name: tensors(
        f32(name, 0), data=32, entries=split(no, count, total), count=3
    )
    gguf("missing-part-00001-of-00003", part(0, 3, 3, b"a"), "missing-file", None)
    gguf("renamed-part", part(0, 2, 2, b"a"), "invalid-value", None)
    gguf("part-number-too-large-00001-of-00002", part(2, 2, 2, b"a"), "invalid-value", None)
    mixed = lambda name, first, second, code, offset: (
        gguf(f"{name}-00001-of-00002", first, code, offset),
        save("gguf", f"{name}-00002-of-00002.gguf", second, code, offset, expect=False),
    )
    mixed("parts-of-two-models", part(0, 2, 2, b"a"), part(1, 2, 5, b"b"), "invalid-value", None)
    mixed("parts-with-one-name", part(0, 2, 2, b"a"), part(1, 2, 2, b"a"), "duplicate-name", None)
    mixed("parts-lack-tensors", part(0, 2, 3, b"a"), part(1, 2, 3, b"b"), "invalid-value", None)
    mixed("part-is-cut", part(0, 2, 2, b"a"), part(1, 2, 2, b"b")[:30], "truncated", 8)


# ── safetensors ──────────────────────────────────────────────────────────────────────────────────
def safetensors(name, header, data=b"", length=None, code="invalid-value", at=None):
    """`at` is a text whose first place in the header is the fault's, or an offset."""
    text = header if isinstance(header, bytes) else header.encode()
    offset = at if at is None or isinstance(at, int) else 8 + text.index(at.encode())
    save(
        "safetensors",
        name + ".safetensors",
        u64(len(text) if length is None else length) + text + data,
        code,
        offset,
    )


def one(dtype="F32", shape="[2]", offsets="[0,8]", name="a"):
    return f'{{"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}'


def make_safetensors():
    save("safetensors", "empty.safetensors", b"", "not-this-format", 0)
    save("safetensors", "seven-bytes.safetensors", bytes(7), "truncated", 0)
    save(
        "safetensors",
        "lfs-pointer.safetensors",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "not-this-format",
        0,
    )
    save(
        "safetensors",
        "pickle.safetensors",
        b"\x80\x02}q\x00(X\x06\x00\x00\x00",
        "not-this-format",
        0,
    )
    save(
        "safetensors",
        "web-page.safetensors",
        b"<!DOCTYPE html><title>404</title>",
        "not-this-format",
        0,
    )
    safetensors("header-huge", "{}", length=100_000_001, code="limit-exceeded", at=0)
    safetensors("header-longer-than-file", "{}", length=3, code="truncated", at=0)
    safetensors("header-of-0-bytes", "", code="truncated", at=8)
    safetensors("header-is-array", "[]", at=8)
    safetensors("header-cut", '{"a"', code="truncated", at=12)
    safetensors("header-not-utf8", b'{"\xff":1}', code="invalid-utf8", at=9)
    safetensors("header-trailing-comma", '{"__metadata__":{},}', at=8 + 19)
    safetensors("header-then-text", "{} x", at=11)
    safetensors("lone-surrogate", r'{"\ud800":1}', code="invalid-utf8", at=10)
    safetensors(
        "name-twice",
        one()[:-1] + "," + one(offsets="[8,16]")[1:],
        bytes(16),
        code="duplicate-name",
        at=8 + len(one()),
    )
    safetensors(
        "field-twice",
        one().replace('"F32"', '"F32","dtype":"I32"'),
        bytes(8),
        code="duplicate-name",
        at=8 + 20,
    )
    safetensors(
        "nested-too-deep", '{"a":' + "[" * 70 + "]" * 70 + "}", code="limit-exceeded", at=8 + 5 + 63
    )
    safetensors("metadata-not-object", '{"__metadata__":[]}', at='"__metadata__"')
    safetensors("metadata-not-text", '{"__metadata__":{"a":1}}', at='"a"')
    safetensors("entry-not-object", '{"a":5}', at='"a"')
    safetensors("dtype-missing", '{"a":{"shape":[2],"data_offsets":[0,8]}}', bytes(8), at='"a"')
    safetensors("dtype-unknown", one("F5"), bytes(8), code="unsupported-encoding", at='"a"')
    safetensors("shape-missing", '{"a":{"dtype":"F32","data_offsets":[0,8]}}', bytes(8), at='"a"')
    safetensors("shape-negative", one(shape="[-2]"), bytes(8), at='"a"')
    safetensors("shape-with-fraction", one(shape="[2.0]"), bytes(8), at='"a"')
    safetensors("shape-overflow", one(shape="[4294967296,4294967296]"), bytes(8), at='"a"')
    safetensors("shape-too-large", one(shape="[18446744073709551615]"), bytes(8), at='"a"')
    safetensors("offsets-missing", '{"a":{"dtype":"F32","shape":[2]}}', bytes(8), at='"a"')
    safetensors("offsets-three", one(offsets="[0,8,8]"), bytes(8), at='"a"')
    safetensors("offsets-reversed", one(offsets="[8,0]"), bytes(8), at='"a"')
    safetensors("size-not-of-shape", one(shape="[3]"), bytes(8), at='"a"')
    safetensors("half-byte", one("F4", "[3]", "[0,1]"), bytes(1), at='"a"')
    safetensors("gap-at-start", one(offsets="[4,12]"), bytes(12), at='"a"')
    safetensors(
        "gap-between", one()[:-1] + "," + one(offsets="[12,20]", name="b")[1:], bytes(20), at='"b"'
    )
    safetensors(
        "overlap",
        one()[:-1] + "," + one(offsets="[4,12]", name="b")[1:],
        bytes(12),
        code="overlap",
        at='"b"',
    )
    safetensors(
        "same-bytes-twice", one()[:-1] + "," + one(name="b")[1:], bytes(8), code="overlap", at='"b"'
    )
    safetensors("data-cut", one(), bytes(7), code="truncated", at='"a"')
    safetensors("data-behind", one(), bytes(9), at=8 + len(one()) + 8)
    index = lambda name, document, code, offset=None: save(
        "safetensors",
        f"{name}.safetensors.index.json",
        (document if isinstance(document, str) else json.dumps(document)).encode(),
        code,
        offset,
    )
    index(
        "index-missing-files",
        {"weight_map": {"a": "no-1.safetensors", "b": "no-2.safetensors"}},
        "missing-file",
    )
    index("index-leaves-folder", {"weight_map": {"a": "../a.safetensors"}}, "unsafe-path", 16)
    index("index-absolute-path", {"weight_map": {"a": "/a.safetensors"}}, "unsafe-path", 16)
    index("index-without-files", {"weight_map": {}}, "invalid-value")
    index("index-file-not-text", {"weight_map": {"a": 1}}, "invalid-value", 16)
    index("index-name-twice", '{"weight_map": {"a": "x", "a": "y"}}', "duplicate-name", 26)
    index(
        "index-lists-absent-tensor",
        {"weight_map": {"z": "data-of-index.safetensors"}},
        "invalid-value",
    )
    save(
        "safetensors",
        "data-of-index.safetensors",
        u64(len(one())) + one().encode() + bytes(8),
        "",
        None,
        expect=False,
    )


for stale in ("gguf", "safetensors"):
    for name in os.listdir(f"{HERE}/{stale}") if os.path.isdir(f"{HERE}/{stale}") else []:
        os.remove(f"{HERE}/{stale}/{name}")
make_gguf()
make_safetensors()
