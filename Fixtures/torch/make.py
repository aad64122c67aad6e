#!/usr/bin/env python3
"""Writes the checkpoints of this folder with PyTorch, and what PyTorch says is in them.

    python3 make.py        # needs torch (2.4 or later) and numpy

`expected.json`: for each file its tensors, in order: name, dtype, shape and the SHA-256 of the
contiguous elements. Keys written in the archive (addresses, random ids) differ from run to run.
"""

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict

import torch

torch.manual_seed(20)
here = os.path.dirname(os.path.abspath(__file__))
expected = {}


def path(name):
    full = os.path.join(here, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def facts(tensors):
    result = []
    for name, tensor in tensors.items():
        flat = tensor.detach().contiguous()
        data = flat.reshape(-1).view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        result.append(
            {
                "name": name,
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "shape": list(tensor.shape),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    return result


def save(name, value, tensors, **options):
    torch.save(value, path(name), **options)
    expected[name] = facts(tensors)


base = torch.randn(6, 8)
types = OrderedDict()
for dtype in ["float64", "float32", "float16", "bfloat16"]:
    types[dtype] = torch.randn(3, 5, dtype=torch.float64).to(getattr(torch, dtype))
for dtype in ["int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64"]:
    types[dtype] = torch.randint(0, 127, (4, 3)).to(getattr(torch, dtype))
types["bool"] = torch.tensor([True, False, True])
types["complex64"] = torch.randn(2, 3, dtype=torch.complex64)
for dtype in [
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
]:
    types[dtype] = torch.randn(2, 4).abs().to(getattr(torch, dtype))
save("types.pt", types, types)

storage = torch.arange(240, dtype=torch.float32)
views = OrderedDict(
    whole=storage.view(12, 20),
    transposed=storage.view(12, 20).t(),
    permuted=storage.view(4, 5, 12).permute(2, 0, 1),
    columns=storage.view(12, 20)[:, 3:11],
    every_third=storage[1::3],
    steps=storage.view(12, 20)[::2, ::5],
    expanded=storage[7:12].unsqueeze(1).expand(5, 4),
    scalar=torch.tensor(2.5),
    empty=torch.empty(0, 7),
    one=storage[5:6].view(1, 1, 1),
    complex=torch.view_as_complex(storage.clone().view(12, 10, 2)).t(),
    parameter=torch.nn.Parameter(torch.randn(4, 4)),
    tied=storage.view(12, 20),
)
save("views.pt", views, views)
plain = {name: tensor for name, tensor in views.items()}
save("legacy.pt", plain, plain, _use_new_zipfile_serialization=False)
save("legacy-protocol-4.pt", plain, plain, _use_new_zipfile_serialization=False, pickle_protocol=4)
save("protocol-4.pt", plain, plain, pickle_protocol=4)
save("protocol-5.pt", plain, plain, pickle_protocol=5)


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(10, 4)
        self.norm = torch.nn.BatchNorm1d(4)
        self.out = torch.nn.Linear(4, 10, bias=False)
        self.out.weight = self.embed.weight


network = Network()
save("module.pt", network.state_dict(), network.state_dict())
training = {
    "epoch": 3,
    "best": 0.25,
    "note": "d\u00e9j\u00e0 vu",
    "state_dict": network.state_dict(),
    "optimizer": torch.optim.AdamW(network.parameters()).state_dict(),
    "device": torch.device("cpu"),
    "dtype": torch.bfloat16,
    "size": torch.Size([2, 3]),
    "seed": 1 << 80,
    "raw": b"\x00\xff",
    "tags": {"a"},
}
save("training.pt", training, network.state_dict())
nested = {"encoder": {"w": base, "layers": [base[0], {"b": base[1]}]}, "scale": torch.tensor(3)}
save(
    "nested.pt",
    nested,
    {
        "encoder.w": base,
        "encoder.layers.0": base[0],
        "encoder.layers.1.b": base[1],
        "scale": nested["scale"],
    },
)

# As a machine with the other byte order writes it, packed by another zip writer; torch reads it.
big = OrderedDict(f=torch.randn(3, 4), h=torch.randn(5).half(), c=torch.randn(2, 2) + 1j)
swapped = OrderedDict()
for name, tensor in big.items():
    numbers = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    turned = torch.from_numpy(numbers.numpy().byteswap())
    swapped[name] = torch.view_as_complex(turned) if tensor.is_complex() else turned
buffer = io.BytesIO()
torch.save(swapped, buffer)
with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path("big-endian.pt"), "w") as target:
    for entry in source.infolist():
        name = entry.filename
        data = b"big" if name.endswith("/byteorder") else source.read(name)
        target.writestr(zipfile.ZipInfo(name), data)
loaded = torch.load(path("big-endian.pt"), weights_only=True)
assert all(torch.equal(loaded[name], big[name]) for name in big)
expected["big-endian.pt"] = facts(big)

shards = [OrderedDict(a=base, b=base.t()), OrderedDict(c=base.half())]
weight_map = {}
for number, shard in enumerate(shards, 1):
    name = f"pytorch_model-{number:05}-of-00002.bin"
    torch.save(shard, path("sharded/" + name))
    weight_map |= {tensor: name for tensor in shard}
with open(path("sharded/pytorch_model.bin.index.json"), "w") as file:
    size = sum(t.numel() * t.element_size() for shard in shards for t in shard.values())
    json.dump({"metadata": {"total_size": size}, "weight_map": weight_map}, file, indent=2)
expected["sharded/pytorch_model.bin.index.json"] = facts(shards[0] | shards[1])

# Meta's model parallelism for two devices: columns of the first dimension, rows of the second.
for folder, vocabulary_split in [("llama-2", False), ("llama-3", True)]:
    width, hidden, vocabulary = 8, 12, 10
    whole = OrderedDict()
    whole["tok_embeddings.weight"] = torch.randn(vocabulary, width).bfloat16()
    whole["norm.weight"] = torch.randn(width).bfloat16()
    whole["output.weight"] = torch.randn(vocabulary, width).bfloat16()
    for layer in range(2):
        for name, shape in [
            ("attention.wq", (width, width)),
            ("attention.wk", (4, width)),
            ("attention.wv", (4, width)),
            ("attention.wo", (width, width)),
            ("feed_forward.w1", (hidden, width)),
            ("feed_forward.w2", (width, hidden)),
            ("feed_forward.w3", (hidden, width)),
            ("attention_norm", (width,)),
            ("ffn_norm", (width,)),
        ]:
            whole[f"layers.{layer}.{name}.weight"] = torch.randn(*shape).bfloat16()
    whole["rope.freqs"] = torch.randn(2).bfloat16()
    for part in range(2):
        pieces = OrderedDict()
        for name, tensor in whole.items():
            kind = name.split(".")[-2]
            if kind in ["wq", "wk", "wv", "w1", "w3", "output"]:
                piece = tensor.chunk(2, 0)[part]
            elif kind in ["wo", "w2"] or (kind == "tok_embeddings" and not vocabulary_split):
                piece = tensor.chunk(2, 1)[part]
            elif kind == "tok_embeddings":
                piece = tensor.chunk(2, 0)[part]
            else:
                piece = tensor
            pieces[name] = piece.clone()
        torch.save(pieces, path(f"{folder}/consolidated.{part:02}.pth"))
    with open(path(f"{folder}/params.json"), "w") as file:
        json.dump({"dim": width, "n_layers": 2, "n_heads": 2, "vocab_size": -1}, file)
    expected[f"{folder}/consolidated.00.pth"] = facts(whole)


class Evil:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


# Files that run a program when they are loaded without care: `print` stands for worse.
for name, value in {
    "os-system": Evil(os.system, "true"),
    "eval": Evil(eval, "1 + 1"),
    "whole-module": torch.nn.Linear(2, 2),
}.items():
    torch.save({"w": base, "x": value}, path(f"malformed/{name}.pt"))
with zipfile.ZipFile(path("malformed/compressed.pt"), "w", zipfile.ZIP_DEFLATED) as target:
    with zipfile.ZipFile(path("module.pt")) as source:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry.filename))
with open(path("malformed/plain.pickle"), "wb") as file:
    pickle.dump({"a": [1, 2, 3]}, file, protocol=2)
script = torch.jit.script(torch.nn.Linear(2, 2))
script.save(path("malformed/torchscript.pt"))

with open(path("expected.json"), "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
