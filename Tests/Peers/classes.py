#!/usr/bin/env python3
"""Records what llama.cpp's converter makes of tiny checkpoints of many classes.

    python Tests/Peers/classes.py LLAMA.CPP OUT [CLASS …]

LLAMA.CPP is a source tree of llama.cpp; OUT is Fixtures/classes. For each class of TABLE a
checkpoint is made by hand from its vendor's names, with numbers that follow from the names alone,
so that the test (ClassTests) makes the same checkpoint again: only its description and the
converter's result are kept. Needs torch, transformers, numpy, sentencepiece.
"""

import hashlib
import json
import logging
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import torch
from class_table import PROJECTORS, TABLE
from encoder_table import ENCODERS
from projector_table import MORE
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKENIZERS = {
    "pieces": ROOT / "Fixtures/models/jargon-llama",
    "pairs": ROOT / "Fixtures/classes/tokenizers/pairs",
    "words": ROOT / "Fixtures/classes/tokenizers/words",
}


def hashed(name):
    """FNV-1a of 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def numbers(name, shape):
    """Numbers of eight bits that bfloat16 and float16 hold exactly."""
    count = int(np.prod(shape, dtype=np.int64))
    index = np.arange(count, dtype=np.uint64)
    mixed = (index * np.uint64(2654435761) + np.uint64(hashed(name))) & np.uint64(0xFFFFFFFF)
    values = ((mixed >> np.uint64(24)).astype(np.float32) - 128) / 1024
    if "norm" in name and len(shape) == 1 and name.endswith("weight"):
        values = values + 1
    if name.endswith("running_var"):
        values = np.abs(values) + np.float32(0.5)
    return torch.from_numpy(values.reshape(shape)).to(torch.bfloat16)


def checkpoint(folder, entry):
    """Writes the checkpoint of an entry."""
    tensors = {name: numbers(name, shape) for name, shape in entry["tensors"].items()}
    save_file(tensors, folder / "model.safetensors")
    for name, document in entry["files"].items():
        (folder / name).write_text(json.dumps(document))
    if entry["tokenizer"]:
        for file in TOKENIZERS[entry["tokenizer"]].iterdir():
            if file.name.startswith("tokenizer") and file.name not in entry["files"]:
                shutil.copy(file, folder / file.name)


def described(path, gguf, near=()):
    """Metadata but the tokenizer's lists, and tensors with digests, or some numbers of them."""
    reader = gguf.GGUFReader(path)
    metadata = {}
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in HIDDEN:
            continue
        types = [item.name for item in field.types]
        kind = "/".join(types) if types[0] == "ARRAY" else types[0]
        metadata[key] = {"type": kind, "value": field.contents()}
    tensors = {}
    for tensor in reader.tensors:
        digest = hashlib.sha256(tensor.data.tobytes()).hexdigest()
        shape = [int(size) for size in tensor.shape]
        tensors[tensor.name] = {
            "shape": shape,
            "type": tensor.tensor_type.name,
            "sha256": digest,
        }
        if tensor.name in near:
            numbers = tensor.data.reshape(-1)
            step = max(1, numbers.size // 64)
            tensors[tensor.name]["near"] = [float(value) for value in numbers[::step]]
            del tensors[tensor.name]["sha256"]
    return {"metadata": metadata, "tensors": tensors}


# Long lists that other tests compare, and what depends on the folder.
HIDDEN = {
    "general.name",
    "general.size_label",
    "tokenizer.ggml.tokens",
    "tokenizer.ggml.scores",
    "tokenizer.ggml.token_type",
    "tokenizer.ggml.merges",
}


def convert(entry, base, gguf, converter):
    """Runs the converter on an entry's checkpoint and describes its result."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "hf"
        folder.mkdir()
        checkpoint(folder, entry)
        mmproj = entry.get("mmproj", False)
        kind = base.ModelType.MMPROJ if mmproj else base.ModelType.TEXT
        hparams = base.ModelBase.load_hparams(folder, False)
        arch = base.get_model_architecture(hparams, kind)
        cls = converter.get_model_class(arch, mmproj=mmproj)
        if entry.get("plainVocabulary"):
            cls = type(cls.__name__, (cls,), {"model_arch": cls.model_arch})
            cls.set_vocab = (
                base.TextModel._set_vocab_sentencepiece
                if entry["tokenizer"] == "pieces"
                else base.TextModel._set_vocab_gpt2
            )
        if cls.__name__ == "CogVLMModel":
            # It drops the layers' weights for images, without which its runtime loads no file.
            cls.filter_tensors = classmethod(
                lambda cls, item: None if item[0].startswith("model.vision.") else item
            )
        if cls.__name__ == "BaichuanModel":
            # Its method calls itself for all names but one, without end.
            inner = cls.modify_tensors

            def modified(self, data, name, bid):
                if "W_pack" in name:
                    return inner(self, data, name, bid)
                return base.TextModel.modify_tensors(self, data, name, bid)

            cls.modify_tensors = modified
        # The tiny tokenizer is nobody's: its rule for splitting words is named here.
        base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen2"
        out = pathlib.Path(name) / "out.gguf"
        model = cls(folder, gguf.LlamaFileType.MOSTLY_F16, out)
        model.write()
        return described(out, gguf, entry.get("near", ()))


def main():
    llama, out, *wanted = sys.argv[1:]
    sys.path[:0] = [llama, llama + "/gguf-py"]
    import conversion as converter
    import gguf
    from conversion import base

    logging.disable(logging.ERROR)
    failed = []
    for name, entry in {**TABLE, **ENCODERS, **PROJECTORS, **MORE}.items():
        if wanted and name not in wanted:
            continue
        try:
            result = convert(entry, base, gguf, converter)
        except Exception as error:  # noqa: BLE001
            failed.append((name, repr(error)))
            continue
        document = {"class": entry.get("class", name), **entry, "expected": result}
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        # One line a tensor, so that a change shows.
        text = text.replace('"},"', '"},\n"')
        (pathlib.Path(out) / f"{name}.json").write_text(text + "\n")
        print(name, len(result["tensors"]), "tensors")
    for name, error in failed:
        print("FAILED", name, error, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
