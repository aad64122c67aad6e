#!/usr/bin/env python3
"""Makes the safetensors fixtures and the dump beside each.

Needs the Python packages `safetensors` and `numpy`. The reference writer makes `written` and the
shards; what it does not write (all types, any order) is put together by hand. The dumps come from a
reader of a few lines in this file, and each file is read with `safetensors.deserialize` as well.
"""

import hashlib
import json
import os
import random
import struct

import numpy as np
import safetensors
from safetensors.numpy import save

HERE = os.path.dirname(os.path.abspath(__file__))
BITS = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


def text(value):
    return (
        '"'
        + "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in value.encode()
        )
        + '"'
    )


def dump(name):
    with open(f"{HERE}/{name}", "rb") as file:
        data = file.read()
    (count,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + count])
    metadata = header.pop("__metadata__", {})
    lines = ["safetensors"] + [f"metadata {text(k)} string {text(v)}" for k, v in metadata.items()]
    for key, value in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = (x + 8 + count for x in value["data_offsets"])
        raw = data[start:end]
        lines.append(
            f"tensor {text(key)} {value['dtype']} {value['shape']} at {start}, "
            f"{len(raw)} bytes, sha256 {hashlib.sha256(raw).hexdigest()}"
        )
    with open(f"{HERE}/{name}.dump", "w") as file:
        file.write("\n".join(lines) + "\n")
    theirs = {k: bytes(v["data"]) for k, v in safetensors.deserialize(data)}
    assert theirs == {
        k: data[8 + count + v["data_offsets"][0] : 8 + count + v["data_offsets"][1]]
        for k, v in header.items()
    }, name


def by_hand(name, header, data):
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    with open(f"{HERE}/{name}", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    rng = random.Random(11)
    header, data = {"__metadata__": {"format": "pt", "note": 'quotes " and \\ and \n'}}, b""
    for dtype, bits in BITS.items():
        raw = rng.randbytes(12 * bits // 8)
        header[f"{dtype.lower()}.weight"] = {
            "dtype": dtype,
            "shape": [3, 4],
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    by_hand("types.safetensors", header, data)
    by_hand("empty.safetensors", "{}      ", b"")
    by_hand(
        "shapes.safetensors",
        {
            "scalar": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
            "none": {"dtype": "F32", "shape": [0, 7], "data_offsets": [4, 4]},
            "six": {"dtype": "U8", "shape": [1, 2, 1, 2, 1, 2], "data_offsets": [4, 12]},
            "odd": {"dtype": "F4", "shape": [3, 2, 1], "data_offsets": [12, 15]},
        },
        rng.randbytes(15),
    )
    by_hand(
        "any-order.safetensors",
        {
            "z": {"data_offsets": [8, 12], "dtype": "F16", "shape": [2]},
            "a": {"dtype": "F16", "data_offsets": [0, 8], "shape": [4]},
            "__metadata__": {},
        },
        rng.randbytes(12),
    )
    numbers = np.random.default_rng(5)
    f32 = lambda *shape: numbers.standard_normal(shape).astype(np.float32)
    parts = [{"b.weight": f32(2, 3), "a.weight": f32(4)}, {"c.weight": f32(5)}]
    for index, part in enumerate(parts):
        with open(f"{HERE}/shards-0000{index + 1}-of-00002.safetensors", "wb") as file:
            file.write(save(part, {"format": "pt"}))
    with open(f"{HERE}/shards.safetensors.index.json", "w") as file:
        json.dump(
            {
                "metadata": {"total_size": 60},
                "weight_map": {
                    k: f"shards-0000{i + 1}-of-00002.safetensors"
                    for i, part in enumerate(parts)
                    for k in part
                },
            },
            file,
            indent=2,
        )
    written = save(
        {
            "z.weight": f32(3),
            "a.weight": f32(2),
            "y.weight": numbers.integers(0, 255, 5, np.uint8),
            "x.weight": f32(1, 2).astype(np.float64),
            'é"\\': f32(1).astype(np.float16),
        },
        {"format": "np"},
    )
    with open(f"{HERE}/written.safetensors", "wb") as file:
        file.write(written)
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".safetensors"):
            dump(name)


main()
