"""An independent reader and writer of the LLaMA files of 2023, with NumPy, for benchmarks and
fixtures.

Nothing here is shared with the Swift code: blocks are decoded from the layouts in
Specs/ggml-legacy.md alone.
"""

import struct

import numpy as np

F32, F16, Q4_0, Q4_1, Q4_2, Q4_3, Q5_0, Q5_1, Q8_0 = range(9)
NAMES = {
    F32: "F32",
    F16: "F16",
    Q4_0: "Q4_0",
    Q4_1: "Q4_1",
    Q4_2: "Q4_2",
    Q4_3: "Q4_3",
    Q5_0: "Q5_0",
    Q5_1: "Q5_1",
    Q8_0: "Q8_0",
    10: "Q2_K",
    11: "Q3_K",
    12: "Q4_K",
    13: "Q5_K",
    14: "Q6_K",
}


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def pairs(q):
    """Bytes to codes: byte j holds elements 2j and 2j + 1."""
    return np.stack([q & 15, q >> 4], axis=-1).reshape(q.shape[0], -1)


def halves(q):
    """Bytes to codes: byte j holds elements j and j + n/2."""
    return np.concatenate([q & 15, q >> 4], axis=-1)


def fifth(words):
    return ((words[:, None] >> np.arange(32, dtype=np.uint32)) & 1).astype(np.uint8) << 4


def fields(data, size, *parts):
    """Cuts blocks of `size` bytes into columns of (dtype, count)."""
    blocks = np.frombuffer(data, np.uint8).reshape(-1, size)
    at, result = 0, []
    for dtype, count in parts:
        width = np.dtype(dtype).itemsize * count
        column = np.ascontiguousarray(blocks[:, at : at + width]).view(dtype)
        result.append(column if count > 1 else column[:, 0])
        at += width
    assert at == size
    return result


def block_bytes(kind, era):
    """(elements, bytes) of a block; era is 1 (pairs), 2 (wide) or 3 (today)."""
    if kind in (F32, F16):
        return 1, (4, 2)[kind]
    if kind in (Q4_2, Q4_3):
        return 16, {Q4_2: 10, Q4_3: 12}[kind]
    table = {Q4_0: (20, 18), Q4_1: (24, 20), Q5_0: (22, 22), Q5_1: (24, 24), Q8_0: (36, 34)}
    return 32, table[kind][era == 3]


def decode(kind, era, data):
    """Blocks as float32, in the order of operations of the programs of the time."""
    codes = pairs if era == 1 else halves
    scale = "<f2" if era == 3 else "<f4"
    size = block_bytes(kind, era)[1]
    as_float = lambda x: x.astype(np.float32)[:, None]
    if kind == F32:
        return np.frombuffer(data, "<f4").copy()
    if kind == F16:
        return np.frombuffer(data, "<f2").astype(np.float32)
    if kind == Q4_0:
        d, q = fields(data, size, (scale, 1), (np.uint8, 16))
        y = (codes(q).astype(np.float32) - 8) * as_float(d)
    elif kind == Q4_1:
        d, m, q = fields(data, size, (scale, 1), (scale, 1), (np.uint8, 16))
        y = codes(q).astype(np.float32) * as_float(d) + as_float(m)
    elif kind == Q4_2:
        d, q = fields(data, size, ("<f2", 1), (np.uint8, 8))
        y = (codes(q).astype(np.float32) - 8) * as_float(d)
    elif kind == Q4_3:
        d, m, q = fields(data, size, ("<f2", 1), ("<f2", 1), (np.uint8, 8))
        y = codes(q).astype(np.float32) * as_float(d) + as_float(m)
    elif kind == Q5_0:
        d, h, q = fields(data, size, ("<f2", 1), ("<u4", 1), (np.uint8, 16))
        y = ((codes(q) | fifth(h)).astype(np.float32) - 16) * as_float(d)
    elif kind == Q5_1:
        d, m, h, q = fields(data, size, ("<f2", 1), ("<f2", 1), ("<u4", 1), (np.uint8, 16))
        y = (codes(q) | fifth(h)).astype(np.float32) * as_float(d) + as_float(m)
    elif kind == Q8_0:
        d, q = fields(data, size, (scale, 1), (np.int8, 32))
        y = q.astype(np.float32) * as_float(d)
    return y.reshape(-1)


class Tensor:
    def __init__(self, name, kind, ne, data, era):
        self.name, self.kind, self.ne, self.data, self.era = name, kind, ne, data, era

    @property
    def shape(self):
        return self.ne[::-1]

    def floats(self):
        return decode(self.kind, self.era, self.data).reshape(self.shape)


class Llama:
    """A LLaMA file in one part."""

    MAGICS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt"}

    def __init__(self, path):
        data = open(path, "rb").read()
        self.magic = self.MAGICS[data[:4]]
        at = 4
        self.version = 0
        if self.magic != "ggml":
            self.version = struct.unpack_from("<I", data, at)[0]
            at += 4
        self.fields = list(struct.unpack_from("<7I", data, at))
        at += 28
        self.tokens = []
        for _ in range(self.fields[0]):
            length = struct.unpack_from("<I", data, at)[0]
            text = data[at + 4 : at + 4 + length]
            at += 4 + length
            score = 0.0
            if self.magic != "ggml":
                score = struct.unpack_from("<f", data, at)[0]
                at += 4
            self.tokens.append((text, score))
        self.era = max(1, self.version) if self.magic == "ggjt" else 1
        self.tensors, self.boundaries = [], []
        while at < len(data):
            self.boundaries.append(at)
            n, length, kind = struct.unpack_from("<3I", data, at)
            ne = list(struct.unpack_from(f"<{n}I", data, at + 12))
            at += 12 + 4 * n
            name = data[at : at + length].decode()
            at += length
            if self.magic == "ggjt":
                at += -at % 32
            elements, size = block_bytes(kind, self.era)
            count = int(np.prod(ne)) // elements * size
            assert at + count <= len(data), name
            self.tensors.append(Tensor(name, kind, ne, data[at : at + count], self.era))
            at += count

    def write(self, path, tensors, ftype, version=1, scores=None):
        """The same model as GGJT, with other tensors: [(name, ne, kind, bytes)]."""
        out = bytearray(b"tjgg" + u32(version, *self.fields[:6], ftype))
        for index, (text, score) in enumerate(self.tokens):
            out += u32(len(text)) + text + f32(scores[index] if scores else score)
        for name, ne, kind, data in tensors:
            out += u32(len(ne), len(name), kind, *ne) + name.encode()
            out += bytes(-len(out) % 32) + data
        open(path, "wb").write(out)

    def write_f32(self, path, scores=None):
        """Every tensor decoded to single precision, which any later program of 2023 runs."""
        self.write(
            path,
            [(t.name, t.ne, F32, t.floats().astype("<f4").tobytes()) for t in self.tensors],
            0,
            scores=scores,
        )
