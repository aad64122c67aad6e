"""Reads the tensors of a GGUF file in single or half precision, with NumPy and nothing of ours."""

import struct

import numpy as np


def tensors(path):
    """{name: array} of all tensors; other types than F32 and F16 are left out."""
    data = open(path, "rb").read()
    assert data[:4] == b"GGUF"
    version, count, keys = struct.unpack_from("<IQQ", data, 4)
    assert version in (2, 3)
    at, alignment = 24, 32

    def text(at):
        length = struct.unpack_from("<Q", data, at)[0]
        return data[at + 8 : at + 8 + length].decode("utf-8", "replace"), at + 8 + length

    sizes = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

    def skip(kind, at):
        if kind == 8:
            return text(at)[1]
        if kind == 9:
            inner, n = struct.unpack_from("<IQ", data, at)
            at += 12
            if inner in sizes:
                return at + n * sizes[inner]
            for _ in range(n):
                at = skip(inner, at)
            return at
        return at + sizes[kind]

    for _ in range(keys):
        key, at = text(at)
        kind = struct.unpack_from("<I", data, at)[0]
        at += 4
        if key == "general.alignment":
            alignment = struct.unpack_from("<I", data, at)[0]
        at = skip(kind, at)
    table = []
    for _ in range(count):
        name, at = text(at)
        n = struct.unpack_from("<I", data, at)[0]
        ne = struct.unpack_from(f"<{n}Q", data, at + 4)
        kind, offset = struct.unpack_from("<IQ", data, at + 4 + 8 * n)
        at += 16 + 8 * n
        table.append((name, ne, kind, offset))
    start = at + -at % alignment
    result = {}
    for name, ne, kind, offset in table:
        if kind not in (0, 1):
            continue
        size = int(np.prod(ne))
        values = np.frombuffer(data, "<f4" if kind == 0 else "<f2", size, start + offset)
        result[name] = values.astype(np.float32).reshape(ne[::-1])
    return result
