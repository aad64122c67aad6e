"""Compares two GGUF files with the `gguf` package: keys, order, types, values; tensors, order,
shapes, bytes.
"""

import hashlib

import gguf


def value_of(field):
    """A comparable form of a metadata value: its types and its bytes, part by part."""
    parts = [field.parts[index].tobytes() for index in field.data]
    return [kind.name for kind in field.types], hashlib.sha256(b"\0".join(parts)).hexdigest()


def show(field):
    text = str(field.contents())
    return text if len(text) < 60 else text[:57] + "…"


def differences(ours, theirs):
    """Lines that say what differs, for metadata and for tensors."""
    a, b = gguf.GGUFReader(ours), gguf.GGUFReader(theirs)
    metadata, tensors = [], []
    mine = {name: field for name, field in a.fields.items() if not name.startswith("GGUF.")}
    other = {name: field for name, field in b.fields.items() if not name.startswith("GGUF.")}
    for key in other.keys() - mine.keys():
        metadata.append(f"{key} is missing: {show(other[key])}")
    for key in mine.keys() - other.keys():
        metadata.append(f"{key} is extra: {show(mine[key])}")
    for key in mine:
        if key in other and value_of(mine[key]) != value_of(other[key]):
            metadata.append(f"{key}: {show(mine[key])}, the peer {show(other[key])}")
    if not metadata and list(mine) != list(other):
        metadata.append("the keys are in another order")
    here = {tensor.name: tensor for tensor in a.tensors}
    there = {tensor.name: tensor for tensor in b.tensors}
    for name in there.keys() - here.keys():
        tensors.append(f"{name} is missing")
    for name in here.keys() - there.keys():
        tensors.append(f"{name} is extra")
    for name in here:
        if name not in there:
            continue
        left, right = here[name], there[name]
        if left.tensor_type != right.tensor_type:
            tensors.append(f"{name}: {left.tensor_type.name}, the peer {right.tensor_type.name}")
        elif list(left.shape) != list(right.shape):
            tensors.append(f"{name}: {list(left.shape)}, the peer {list(right.shape)}")
        elif left.data.tobytes() != right.data.tobytes():
            tensors.append(f"{name}: other bytes")
    if not tensors and list(here) != list(there):
        tensors.append("the tensors are in another order")
    return metadata, tensors, len(there)


def is_same_file(ours, theirs):
    """Whether the two files are the same, byte for byte."""
    with open(ours, "rb") as left, open(theirs, "rb") as right:
        return (
            hashlib.file_digest(left, "sha256").digest()
            == hashlib.file_digest(right, "sha256").digest()
        )
