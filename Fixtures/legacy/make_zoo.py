#!/usr/bin/env python3
"""Writes checkpoints of many architectures as the converters of 2023 wrote them.

    make_zoo.py ZOO OUT          every checkpoint of a folder with `NAME/hf` inside make_zoo.py
    --fixtures       the two small models beside this file, which need torch and transformers

The layouts are those of the original scripts (ggml's examples, ggllm.cpp, bloomz.cpp, bert.cpp,
llama.cpp), their quirks included: MPT's vocabulary in Latin letters, decoded tokens of GPT-NeoX and
BLOOM, StarCoder's repeated heads, GPT-2 with matrices the other way round. NumPy and the standard
library, nothing of ours.
"""

import json
import os
import struct
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def string(text):
    return u32(len(text)) + text


def safetensors(path):
    data = open(path, "rb").read()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    result = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        raw = data[start:end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2", "I64": "<i8"}[entry["dtype"]])
        result[name] = values.reshape(entry["shape"])
    return result


def byte_decoder():
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in visible}
    for index, byte in enumerate(b for b in range(256) if b not in visible):
        table[chr(256 + index)] = byte
    return table


DECODER = byte_decoder()


class Checkpoint:
    def __init__(self, folder):
        self.config = json.load(open(f"{folder}/config.json"))
        self.tensors = safetensors(f"{folder}/model.safetensors")
        self.texts, self.merges, self.added = [], [], set()
        if os.path.exists(f"{folder}/tokenizer.json"):
            document = json.load(open(f"{folder}/tokenizer.json"))
            vocabulary = dict(document["model"]["vocab"])
            for entry in document["added_tokens"]:
                vocabulary[entry["content"]] = entry["id"]
                self.added.add(entry["content"])
            self.texts = sorted(vocabulary, key=vocabulary.get)
            self.merges = [
                m.split(" ", 1) if isinstance(m, str) else m
                for m in document["model"].get("merges", [])
            ]
        self.folder = folder

    def __getitem__(self, key):
        return self.config[key]

    def bytes(self, text):
        """What a token stands for; markers stand for themselves."""
        return text.encode() if text in self.added else bytes(DECODER[c] for c in text)

    def lossy(self, text):
        """`tokenizer.decode([i])`: parts of letters become U+FFFD."""
        return self.bytes(text).decode("utf-8", "replace").encode()


class File:
    def __init__(self, path, half=True, aligned=False):
        self.path, self.half, self.aligned, self.data = path, half, aligned, bytearray()

    def add(self, data):
        self.data += data

    def tensor(self, name, values, single=False):
        half = self.half and not single and values.ndim == 2
        self.add(u32(values.ndim, len(name), int(half), *values.shape[::-1]) + name.encode())
        if self.aligned:
            self.add(bytes(-len(self.data) % 32))
        self.add(np.ascontiguousarray(values, dtype="<f2" if half else "<f4").tobytes())

    def close(self):
        open(self.path, "wb").write(self.data)


def gpt2_name(name):
    parts = name.removeprefix("transformer.").split(".")
    if parts[0] in ("wte", "wpe"):
        return f"model/{parts[0]}"
    if parts[0] == "lm_head":
        return "model/lm_head"
    kind = "b" if parts[-1] == "bias" else "g" if "ln_" in name else "w"
    front = [f"h{parts[1]}", *parts[2:-1]] if parts[0] == "h" else parts[:-1]
    return "/".join(["model", *front, kind])


def gpt2(point, out, turned=True, heads_repeated=False):
    config, width = point.config, point["n_embd"]
    out.add(
        b"lmgg"
        + u32(
            config["vocab_size"],
            config["n_positions"],
            width,
            config["n_head"],
            config["n_layer"],
            1,
        )
    )
    out.add(u32(config["vocab_size"]))
    for text in point.texts:
        out.add(string(point.bytes(text)))
    for _ in range(len(point.texts), config["vocab_size"]):
        out.add(string(point.bytes(point.texts[-1])))
    for name, values in point.tensors.items():
        if name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        new = gpt2_name(name)
        # Checkpoints of GPT-2 have inputs by outputs. Until March 2023 only this one was turned
        # round.
        if not heads_repeated and new.endswith("/w") and (turned or new.endswith("/mlp/c_proj/w")):
            values = values.T
        if heads_repeated and "/c_attn/" in new:
            head = width // config["n_head"]
            q, k, v = np.split(values, (width, width + head))
            repeat = (config["n_head"],) + (1,) * (values.ndim - 1)
            values = np.concatenate((q, np.tile(k, repeat), np.tile(v, repeat)))
        out.tensor(new, values, single=new == "model/wpe")


def gptj(point, out, turned=False):
    config = point.config
    out.add(
        b"lmgg"
        + u32(
            config["vocab_size"],
            config["n_positions"],
            config["n_embd"],
            config["n_head"],
            config["n_layer"],
            config["rotary_dim"],
            1,
        )
    )
    out.add(u32(config["vocab_size"]))
    for text in point.texts:
        out.add(string(point.bytes(text)))
    for _ in range(len(point.texts), config["vocab_size"]):
        out.add(string(point.bytes(point.texts[-1])))
    for name, values in point.tensors.items():
        if name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        if turned and name.endswith((".fc_in.weight", "_proj.weight")):
            values = values.T
        out.tensor(name, values)


def gptneox(point, out):
    config = point.config
    head = config["hidden_size"] // config["num_attention_heads"]
    out.add(
        b"lmgg"
        + u32(
            config["vocab_size"],
            config["max_position_embeddings"],
            config["hidden_size"],
            config["num_attention_heads"],
            config["num_hidden_layers"],
            int(config["rotary_pct"] * head),
            int(config.get("use_parallel_residual", True)),
            1,
        )
    )
    for text in point.texts:
        out.add(string(point.lossy(text)))
    for name, values in point.tensors.items():
        if not name.endswith((".masked_bias", ".attention.bias", ".inv_freq")):
            out.tensor(name, values)


def mpt(point, out):
    config = point.config
    out.add(
        b"lmgg"
        + u32(
            config["d_model"],
            config["max_seq_len"],
            config["n_heads"],
            config["n_layers"],
            config["vocab_size"],
        )
    )
    out.add(
        f32(config["attn_config"]["alibi_bias_max"], config["attn_config"]["clip_qkv"] or 0.0)
        + u32(1)
    )
    for text in point.texts:
        out.add(string("".join(chr(DECODER.get(c, ord(c))) for c in text).encode()))
    for name, values in point.tensors.items():
        out.tensor(name, values)


def falcon(point, out, container):
    config = point.config
    heads, groups = config["num_attention_heads"], config.get("num_kv_heads", 1)
    fields = [config["vocab_size"], config["hidden_size"], heads]
    if container != b"lmgg":
        fields += [groups]
    fields += [config["num_hidden_layers"]]
    if container != b"lmgg":
        fields += [7]
    fields += [1]
    if container == b"ccgg":
        fields += [len(point.merges)]
    out.aligned = container in (b"tjgg", b"ccgg")
    versions = {b"lmgg": [], b"fmgg": [1], b"tjgg": [3], b"ccgg": [10]}
    out.add(container + u32(*versions[container], *fields))
    for text in point.texts:
        out.add(string(point.bytes(text)) + (f32(0) if container != b"lmgg" else b""))
    if container == b"ccgg":
        out.add(u32(len(point.merges)))
        for left, right in point.merges:
            out.add(string(left.encode()) + string(right.encode()))
    for name, values in point.tensors.items():
        if "query_key_value" in name and groups > 1:
            head, width = values.shape[0] // (heads + 2 * groups), values.shape[1]
            grid = values.reshape(groups, heads // groups + 2, head, width)
            values = np.concatenate(
                [
                    grid[:, :-2].reshape(-1, width),
                    grid[:, -2].reshape(-1, width),
                    grid[:, -1].reshape(-1, width),
                ]
            )
        out.tensor(name, values)
        if name == "transformer.word_embeddings.weight" and "lm_head.weight" not in point.tensors:
            out.tensor("lm_head.weight", values)


BLOOM = {
    "word_embeddings": "tok_embeddings",
    "word_embeddings_layernorm": "norm",
    "input_layernorm": "attention_norm",
    "self_attention.query_key_value": "attention.query_key_value",
    "self_attention.dense": "attention.wo",
    "post_attention_layernorm": "ffn_norm",
    "mlp.dense_h_to_4h": "feed_forward.w1",
    "mlp.dense_4h_to_h": "feed_forward.w2",
    "ln_f": "output_norm",
}


def bloom(point, out, rotary=False):
    config, heads = point.config, point["n_head"]
    width = config["hidden_size"]
    fields = (
        [config["vocab_size"], width, 1, heads, config["n_layer"]]
        + ([width // heads] if rotary else [])
        + [1]
    )
    out.add(b"lmgg" + u32(*fields))
    for text in point.texts:
        out.add(string(point.lossy(text)))
    for name, values in point.tensors.items():
        parts = name.removeprefix("transformer.").split(".")
        if "query_key_value" in name:
            shape = values.shape
            values = np.concatenate(list(values.reshape(heads, 3, -1).transpose(1, 0, 2))).reshape(
                shape
            )
        front = f"layers.{parts[1]}." if parts[0] == "h" else ""
        out.tensor(front + BLOOM[".".join(parts[2 if front else 0 : -1])] + "." + parts[-1], values)
        if name == "transformer.word_embeddings.weight":
            out.tensor("output.weight", values)


def bert(point, out):
    config = point.config
    out.add(
        b"lmgg"
        + u32(
            config["vocab_size"],
            config["max_position_embeddings"],
            config["hidden_size"],
            config["intermediate_size"],
            config["num_attention_heads"],
            config["num_hidden_layers"],
            1,
        )
    )
    for text in point.texts:
        out.add(string(text.encode()))
    for name, values in point.tensors.items():
        if not name.startswith(("pooler.", "embeddings.position_ids")):
            out.tensor(name, values)


LLAMA = {
    "model.embed_tokens": "tok_embeddings",
    "model.norm": "norm",
    "lm_head": "output",
    "input_layernorm": "attention_norm",
    "self_attn.q_proj": "attention.wq",
    "self_attn.k_proj": "attention.wk",
    "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "feed_forward.w1",
    "mlp.down_proj": "feed_forward.w2",
    "mlp.up_proj": "feed_forward.w3",
}


def llama_tensors(point):
    """Names and order of rows as Meta's checkpoints have them."""
    config = point.config
    for name, values in point.tensors.items():
        parts = name.split(".")
        layered = parts[1] == "layers"
        old = LLAMA[".".join(parts[3:-1] if layered else parts[:-1])]
        if old.endswith(("wq", "wk")):
            heads = config["num_attention_heads" if old.endswith("wq") else "num_key_value_heads"]
            shape = values.shape
            values = (
                values.reshape(heads, 2, shape[0] // heads // 2, shape[1])
                .swapaxes(1, 2)
                .reshape(shape)
            )
        yield (f"layers.{parts[2]}." if layered else "") + old + ".weight", values


def pieces(path):
    """(text, score, kind) of a SentencePiece model, read field by field."""
    data, at, result = open(path, "rb").read(), 0, []

    def varint(at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    while at < len(data):
        key, at = varint(at)
        if key & 7 == 0:
            _, at = varint(at)
            continue
        if key & 7 == 5:
            at += 4
            continue
        size, at = varint(at)
        if key >> 3 == 1:
            end, text, score, kind = at + size, b"", 0.0, 1
            while at < end:
                inner, at = varint(at)
                if inner >> 3 == 1:
                    n, at = varint(at)
                    text = data[at : at + n]
                    at += n
                elif inner >> 3 == 2:
                    score = struct.unpack_from("<f", data, at)[0]
                    at += 4
                else:
                    kind, at = varint(at)
            result.append((text, score, kind))
        else:
            at += size
    return result


def llama(point, out, container, version, part=None):
    config = point.config
    out.aligned = container == b"tjgg"
    out.add(container + (b"" if version is None else u32(version)))
    out.add(
        u32(
            config["vocab_size"],
            config["hidden_size"],
            256,
            config["num_attention_heads"],
            config["num_hidden_layers"],
            config["hidden_size"] // config["num_attention_heads"],
            1,
        )
    )
    table = pieces(f"{point.folder}/tokenizer.model")
    for index in range(config["vocab_size"]):
        text, score, kind = table[index] if index < len(table) else (b"", 0.0, 5)
        if kind == 2:
            text = " \u2047 ".encode()
        elif kind == 3:
            text = b""
        elif kind == 6:
            text = bytes([int(text[3:-1], 16)])
        else:
            text = text.replace("\u2581".encode(), b" ")
        out.add(string(text) + (b"" if version is None else f32(score)))
    for name, values in llama_tensors(point):
        if part is not None and values.ndim == 2:
            columns = name.startswith("tok_emb") or name.endswith(
                ("attention.wo.weight", "w2.weight")
            )
            values = np.split(values, 2, axis=1 if columns else 0)[part]
        out.tensor(name, values)


# Name of the file, folder of the checkpoint, what writes it.
FILES = [
    ("gpt2", "gpt2", gpt2),
    ("gpt2-h5", "gpt2", lambda p, o: gpt2(p, o, turned=False)),
    ("gptneox", "gptneox", gptneox),
    ("mpt", "mpt", mpt),
    ("falcon-ggml", "falcon", lambda p, o: falcon(p, o, b"lmgg")),
    ("falcon-ggmf", "falcon", lambda p, o: falcon(p, o, b"fmgg")),
    ("falcon-ggjt", "falcon", lambda p, o: falcon(p, o, b"tjgg")),
    ("falcon-ggcc", "falcon", lambda p, o: falcon(p, o, b"ccgg")),
    ("bloom", "bloom", bloom),
    ("bloom-rot", "bloom", lambda p, o: bloom(p, o, rotary=True)),
    ("bert", "bert", bert),
    ("llama-ggml", "llama", lambda p, o: llama(p, o, b"lmgg", None)),
    ("llama-ggmf", "llama", lambda p, o: llama(p, o, b"fmgg", 1)),
    ("llama-ggjt", "llama", lambda p, o: llama(p, o, b"tjgg", 3)),
    ("llama-parts", "llama", lambda p, o: llama(p, o, b"fmgg", 1, part=0)),
    ("llama-parts.bin.1", "llama", lambda p, o: llama(p, o, b"fmgg", 1, part=1)),
]


def zoo(source, target):
    os.makedirs(target, exist_ok=True)
    points = {}
    for name, folder, write in FILES:
        point = points.setdefault(folder, Checkpoint(f"{source}/{folder}/hf"))
        out = File(f"{target}/{name}" + ("" if ".bin" in name else ".bin"))
        write(point, out)
        out.close()


class Made(Checkpoint):
    """A checkpoint that transformers made just now, with a vocabulary of bytes, one merge and a
    marker.
    """

    def __init__(self, config, model, marker):
        self.config = config.to_dict()
        self.tensors = {
            k: v.numpy()
            for k, v in model.state_dict().items()
            if k != "lm_head.weight" or v is not None
        }
        letters = sorted(DECODER, key=DECODER.get)
        self.texts, self.merges, self.added = letters + ["he", marker], [["h", "e"]], {marker}
        self.folder = None


def fixtures():
    import torch
    from transformers import GPTBigCodeConfig, GPTBigCodeForCausalLM, GPTJConfig, GPTJForCausalLM

    tokens = torch.tensor([[104, 256, 108, 108, 111, 32, 3, 200, 257, 7, 11, 99]])
    for name, make in [
        (
            "starcoder",
            lambda: (
                GPTBigCodeConfig(
                    vocab_size=260,
                    n_positions=32,
                    n_embd=32,
                    n_layer=2,
                    n_head=4,
                    multi_query=True,
                    bos_token_id=257,
                    eos_token_id=257,
                ),
                GPTBigCodeForCausalLM,
                "<fim_prefix>",
            ),
        ),
        (
            "gptj",
            lambda: (
                GPTJConfig(
                    vocab_size=260,
                    n_positions=32,
                    n_embd=32,
                    n_layer=2,
                    n_head=4,
                    rotary_dim=4,
                    bos_token_id=257,
                    eos_token_id=257,
                    tie_word_embeddings=False,
                ),
                GPTJForCausalLM,
                "<|endoftext|>",
            ),
        ),
    ]:
        torch.manual_seed(1)
        config, kind, marker = make()
        model = kind(config).eval()
        with torch.no_grad():
            # Weights that half precision holds, so that the logits are those of the file, and far
            # from zero.
            for parameter in model.parameters():
                parameter.copy_((parameter + 0.1 * torch.randn_like(parameter)).half().float())
            logits = model(tokens).logits[0].numpy()
        point = Made(config, model, marker)
        if name == "starcoder":
            point.tensors.pop("lm_head.weight", None)
        out = File(f"{HERE}/zoo/{name}.bin")
        os.makedirs(f"{HERE}/zoo", exist_ok=True)
        gpt2(point, out, heads_repeated=True) if name == "starcoder" else gptj(point, out)
        out.close()
        np.save(f"{HERE}/zoo/{name}.npy", logits.astype("<f4"))
        if name == "gptj":
            out = File(f"{HERE}/zoo/gptj-turned.bin")
            gptj(point, out, turned=True)
            out.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["--fixtures"]:
        fixtures()
    elif len(sys.argv) == 3:
        zoo(sys.argv[1], sys.argv[2])
    else:
        sys.exit(__doc__)
