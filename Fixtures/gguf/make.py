#!/usr/bin/env python3
"""Makes the GGUF fixtures and the dump beside each.

Needs the Python packages `gguf` and `numpy`, and `llama-gguf-split` of llama.cpp on PATH (it makes
the split and merged files). `types.gguf` and `big-endian.gguf` come from `gguf.GGUFWriter`; the
files that it cannot write (old versions, arrays of arrays, unknown types) are put together with
`struct`. The dumps come from the reader in this file, which shares nothing with the Swift code;
where `gguf.GGUFReader` can read a file, its result is compared as well.
"""

import hashlib
import os
import struct
import subprocess

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q
from gguf import GGUFValueType as V

HERE = os.path.dirname(os.path.abspath(__file__))
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
NAMES = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "float32",
    "bool",
    "string",
    "array",
    "uint64",
    "int64",
    "float64",
]
# name, elements and bytes of a block, width of the numbers in it that a big-endian file reverses,
# at offset 0
TYPES = {
    0: ("F32", 1, 4, 4),
    1: ("F16", 1, 2, 2),
    2: ("Q4_0", 32, 18, 2),
    8: ("Q8_0", 32, 34, 2),
    24: ("I8", 1, 1, 1),
    25: ("I16", 1, 2, 2),
    26: ("I32", 1, 4, 4),
    27: ("I64", 1, 8, 8),
    28: ("F64", 1, 8, 8),
    30: ("BF16", 1, 2, 2),
}


class Reader:
    """Reads any version and byte order with `struct`."""

    def __init__(self, data):
        self.data, self.at, self.order = data, 4, "<"
        self.version = self.take("I")
        if self.version & 0xFFFF == 0:
            self.order, self.at = ">", 4
            self.version = self.take("I")
        self.length = "I" if self.version == 1 else "Q"
        tensors, entries = self.take(self.length), self.take(self.length)
        self.metadata = [(self.string(), *self.value(self.take("I"))) for _ in range(entries)]
        table = [self.tensor() for _ in range(tensors)]
        alignment = next((v for k, t, v in self.metadata if k == b"general.alignment"), 32)
        start = -(-self.at // alignment) * alignment
        self.tensors = []
        for index, (name, shape, kind, offset) in enumerate(table):
            end = table[index + 1][3] if index + 1 < len(table) else len(data) - start
            label = f"type {kind}"
            raw = data[start + offset : start + end]
            if kind in TYPES:
                label, elements, size, wide = TYPES[kind]
                count = int(np.prod(shape, dtype=np.int64)) // elements * size
                raw = self.little(raw[:count], size, wide)
            self.tensors.append((name, label, shape[::-1], start + offset, raw))

    def take(self, code):
        (value,) = struct.unpack_from(self.order + code, self.data, self.at)
        self.at += struct.calcsize(self.order + code)
        return value

    def string(self):
        count = self.take(self.length)
        self.at += count
        return self.data[self.at - count : self.at]

    def value(self, kind):
        if kind == 8:
            return "string", self.string()
        if kind == 9:
            inner, count = self.take("I"), self.take(self.length)
            return f"array[{NAMES[inner]}]", [self.value(inner)[1] for _ in range(count)]
        if kind == 6:
            return "float32", f"0x{self.take('I'):08x}"
        if kind == 12:
            return "float64", f"0x{self.take('Q'):016x}"
        return NAMES[kind], self.take(SCALARS[kind])

    def tensor(self):
        name, rank = self.string(), self.take("I")
        shape = [self.take(self.length) for _ in range(rank)]
        return name, shape, self.take("I"), self.take("Q")

    def little(self, raw, size, wide):
        if self.order == "<" or wide == 1:
            return raw
        blocks = np.frombuffer(raw, np.uint8).reshape(-1, size).copy()
        blocks[:, :wide] = blocks[:, :wide][:, ::-1]
        return blocks.tobytes()


def text(value):
    if isinstance(value, bytes):
        return (
            '"'
            + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in value)
            + '"'
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return str(value)


def dump(name):
    with open(f"{HERE}/{name}.gguf", "rb") as file:
        reader = Reader(file.read())
    lines = [f"GGUF {reader.version} {'little' if reader.order == '<' else 'big'}"]
    lines += [f"metadata {text(k)} {t} {text(v)}" for k, t, v in reader.metadata]
    lines += [
        f"tensor {text(n)} {t} {s} at {o}, {len(raw)} bytes, "
        f"sha256 {hashlib.sha256(raw).hexdigest()}"
        for n, t, s, o, raw in reader.tensors
    ]
    with open(f"{HERE}/{name}.gguf.dump", "w") as file:
        file.write("\n".join(lines) + "\n")
    return reader


def compare(name):
    """What `gguf.GGUFReader` finds in the file must be what `Reader` finds."""
    mine = dump(name)
    theirs = gguf.GGUFReader(f"{HERE}/{name}.gguf")
    assert [t.name.encode() for t in theirs.tensors] == [t[0] for t in mine.tensors]
    for a, b in zip(theirs.tensors, mine.tensors):
        assert (a.tensor_type.name, [int(x) for x in a.shape[::-1]], int(a.data_offset)) == (
            b[1],
            b[2],
            b[3],
        )

    def flat(v):
        if isinstance(v, list):
            return [flat(x) for x in v]
        return v.decode() if isinstance(v, bytes) else v

    keys = [k.encode() for k in theirs.fields if not k.startswith("GGUF.")]
    assert keys == [k for k, _, _ in mine.metadata]
    for key, kind, value in mine.metadata:
        if not kind.startswith("float") and "array[float" not in kind:
            found = theirs.fields[key.decode()].contents()
            assert found == flat(value), (key, found, value)


def types(path, order):
    rng = np.random.default_rng(7)
    w = gguf.GGUFWriter(path, "test", endianess=order)
    for kind, value in [
        (V.UINT8, 255),
        (V.INT8, -128),
        (V.UINT16, 65535),
        (V.INT16, -32768),
        (V.UINT32, 2**32 - 1),
        (V.INT32, -(2**31)),
        (V.UINT64, 2**64 - 1),
        (V.INT64, -(2**63)),
        (V.FLOAT32, 1.5),
        (V.FLOAT64, -0.1),
        (V.BOOL, True),
        (V.STRING, 'snow ☃ and "quotes"'),
    ]:
        w.add_key_value(f"test.{kind.name.lower()}", value, kind)
    for kind, values in [
        (V.UINT8, [0, 255]),
        (V.INT8, [-1, 1]),
        (V.UINT16, [1, 2, 3]),
        (V.INT16, [-3]),
        (V.UINT32, [7, 8]),
        (V.INT32, [-7, 8]),
        (V.UINT64, [2**63]),
        (V.INT64, [-5]),
        (V.FLOAT32, [0.5, -2.0]),
        (V.FLOAT64, [1e300]),
        (V.BOOL, [True, False, True]),
        (V.STRING, ["", "a", "b c"]),
    ]:
        w.add_key_value(f"test.array.{kind.name.lower()}", values, V.ARRAY, sub_type=kind)
    f = lambda *s: rng.standard_normal(s).astype(np.float32)
    w.add_tensor("vector.weight", f(5))
    w.add_tensor("half.weight", f(3, 4).astype(np.float16))
    w.add_tensor("double.weight", f(2, 3).astype(np.float64))
    w.add_tensor("cube.weight", f(2, 3, 4))
    w.add_tensor("four.weight", f(2, 1, 3, 2))
    for code in (np.int8, np.int16, np.int32, np.int64):
        w.add_tensor(f"{np.dtype(code).name}.weight", rng.integers(-100, 100, (3, 3)).astype(code))
    for q in (Q.BF16, Q.Q8_0, Q.Q4_0):
        raw = gguf.quants.quantize(f(4, 64), q)
        size = {Q.BF16: 2, Q.Q8_0: 34, Q.Q4_0: 18}[q]
        if order == gguf.GGUFEndian.BIG:
            blocks = raw.reshape(-1, size).copy()
            blocks[:, :2] = blocks[:, :2][:, ::-1]
            raw = blocks.reshape(raw.shape)
        w.add_tensor(f"{q.name.lower()}.weight", raw, raw_dtype=q)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def s(value, length="Q"):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<" + length, len(value)) + value


def entry(key, kind, value, length="Q"):
    return s(key, length) + struct.pack("<I", kind) + value


def by_hand(name, version, entries, tensors, alignment=32):
    """`tensors`: name, dimensions innermost first, type, bytes."""
    length = "I" if version == 1 else "Q"
    head = (
        b"GGUF"
        + struct.pack("<I2" + length, version, len(tensors), len(entries))
        + b"".join(entries)
    )
    data = b""
    for label, shape, kind, raw in tensors:
        head += s(label, length) + struct.pack(
            f"<I{len(shape)}{length}IQ", len(shape), *shape, kind, len(data)
        )
        data += raw + bytes(-len(raw) % alignment)
    if tensors:
        head += bytes(-len(head) % alignment)
    with open(f"{HERE}/{name}.gguf", "wb") as file:
        file.write(head + data)


def main():
    little, big = f"{HERE}/types.gguf", f"{HERE}/big-endian.gguf"
    types(little, gguf.GGUFEndian.LITTLE)
    types(big, gguf.GGUFEndian.BIG)
    floats = struct.pack("<6f", *range(6))
    old = lambda length: [
        entry("general.architecture", 8, s("llama", length), length),
        entry("llama.context_length", 4, struct.pack("<I", 2048), length),
        entry(
            "list", 9, struct.pack("<I" + length, 8, 2) + s("x", length) + s("yz", length), length
        ),
    ]
    by_hand(
        "version-1", 1, old("I"), [("a.weight", [3, 2], 0, floats), ("b.weight", [6], 0, floats)]
    )
    by_hand(
        "version-2", 2, old("Q"), [("a.weight", [3, 2], 0, floats), ("b.weight", [6], 0, floats)]
    )
    inner = lambda *v: struct.pack(f"<IQ{len(v)}i", 5, len(v), *v)
    by_hand(
        "nested-arrays",
        3,
        [
            entry("nested", 9, struct.pack("<IQ", 9, 3) + inner(1, 2) + inner() + inner(3)),
            entry("empty", 9, struct.pack("<IQ", 8, 0)),
        ],
        [],
    )
    by_hand(
        "not-utf8",
        3,
        [
            entry(b"key\xff", 8, s(b"\xc3\x28 \x00 end")),
            entry("tokens", 9, struct.pack("<IQ", 8, 2) + s(b"\xe2\x96") + s(b"\x81")),
        ],
        [],
    )
    by_hand(
        "unknown-type",
        3,
        [],
        [
            ("known", [6], 0, floats),
            ("unknown", [8, 2], 999, b"\x01" * 40),
            ("behind", [6], 0, floats),
            ("last", [4], 1000, b"\x02" * 24),
        ],
    )
    for alignment in (8, 4096):
        by_hand(
            f"alignment-{alignment}",
            3,
            [entry("general.alignment", 4, struct.pack("<I", alignment))],
            [("a", [3], 0, floats[:12]), ("zero", [0, 4], 0, b""), ("scalar", [], 0, floats[:4])],
            alignment,
        )
    for name in ("types", "big-endian", "version-2"):
        compare(name)
    for name in (
        "version-1",
        "nested-arrays",
        "not-utf8",
        "unknown-type",
        "alignment-8",
        "alignment-4096",
    ):
        dump(name)
    for stale in os.listdir(HERE):
        if stale.startswith(("split-", "sized-", "merged")):
            os.remove(f"{HERE}/{stale}")
    run = lambda *a: subprocess.run(
        ["llama-gguf-split", *a], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    plain = f"{HERE}/plain.gguf"
    rng = np.random.default_rng(3)
    w = gguf.GGUFWriter(plain, "test")
    w.add_array("tokens", ["a", "b"])
    for i in range(7):
        w.add_tensor(f"t{i}", rng.standard_normal((i + 2, 5)).astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    run("--split", "--split-max-tensors", "3", plain, f"{HERE}/split")
    run("--merge", f"{HERE}/split-00001-of-00003.gguf", f"{HERE}/merged.gguf")
    compare("plain")


main()
