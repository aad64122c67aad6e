"""Writes the models that the benchmarks run on: no download, no library but Python's own."""

import json
import os
import random
import shutil
import struct

F32, F16 = 0, 1


def half_block(count, seed):
    """`count` normal values of deviation 0.02 as F16, with one in 256 ten times as large."""
    source = random.Random(seed)
    values = (
        source.gauss(0, 0.02) * (10 if source.random() < 1 / 256 else 1) for _ in range(count)
    )
    return struct.pack(f"<{count}e", *values)


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    kinds = {"u32": (4, "<I"), "f32": (6, "<f")}
    if kind == "str":
        return string(key) + struct.pack("<I", 8) + string(value)
    number, form = kinds[kind]
    return string(key) + struct.pack("<I", number) + struct.pack(form, value)


def vocabulary(count):
    """A SentencePiece vocabulary of bytes and made-up words."""
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokens += [f"\u2581word{index}" for index in range(count - len(tokens))]
    types = [2, 3, 3] + [6] * 256 + [1] * (count - 259)
    scores = [0.0] * 259 + [-float(index) for index in range(count - 259)]
    data = entry("tokenizer.ggml.model", "str", "llama")
    data += string("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, count)
    data += b"".join(string(token) for token in tokens)
    data += string("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, count)
    data += struct.pack(f"<{count}f", *scores)
    data += string("tokenizer.ggml.token_type") + struct.pack("<IIQ", 9, 5, count)
    data += struct.pack(f"<{count}i", *types)
    data += entry("tokenizer.ggml.bos_token_id", "u32", 1)
    data += entry("tokenizer.ggml.eos_token_id", "u32", 2)
    return data, 6


def llama_tensors(width, feed_forward, layers, vocabulary_size):
    """Names and dimensions (innermost first) of a Llama."""
    yield "token_embd.weight", (width, vocabulary_size)
    yield "output_norm.weight", (width,)
    yield "output.weight", (width, vocabulary_size)
    for layer in range(layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (width,)
        for part in ("q", "k", "v", "output"):
            yield block + f"attn_{part}.weight", (width, width)
        yield block + "ffn_norm.weight", (width,)
        yield block + "ffn_gate.weight", (width, feed_forward)
        yield block + "ffn_up.weight", (width, feed_forward)
        yield block + "ffn_down.weight", (feed_forward, width)


def llama(path, width=1536, feed_forward=4096, layers=16, heads=12, vocabulary_size=32000):
    """A Llama with random F16 weights as GGUF; about 1 GiB by default."""
    tensors = list(llama_tensors(width, feed_forward, layers, vocabulary_size))
    tokens, token_keys = vocabulary(vocabulary_size)
    keys = [
        ("general.architecture", "str", "llama"),
        ("general.name", "str", "synthetic"),
        ("general.file_type", "u32", 1),
        ("llama.block_count", "u32", layers),
        ("llama.context_length", "u32", 2048),
        ("llama.embedding_length", "u32", width),
        ("llama.feed_forward_length", "u32", feed_forward),
        ("llama.attention.head_count", "u32", heads),
        ("llama.attention.head_count_kv", "u32", heads),
        ("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5),
        ("llama.rope.dimension_count", "u32", width // heads),
        ("llama.vocab_size", "u32", vocabulary_size),
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys) + token_keys)
    header += b"".join(entry(*key) for key in keys) + tokens
    offset = 0
    for name, shape in tensors:
        count = 1
        for dimension in shape:
            count *= dimension
        size = count * (4 if len(shape) == 1 else 2)
        header += string(name) + struct.pack("<I", len(shape))
        header += struct.pack(f"<{len(shape)}Q", *shape)
        header += struct.pack("<IQ", F32 if len(shape) == 1 else F16, offset)
        offset += (size + 31) // 32 * 32
    blocks = [half_block(1 << 19, seed) for seed in range(4)]
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32))
        for index, (_, shape) in enumerate(tensors):
            if len(shape) == 1:
                data = struct.pack(f"<{shape[0]}f", *([1.0] * shape[0]))
                file.write(data + b"\0" * (-len(data) % 32))
                continue
            left = shape[0] * shape[1] * 2
            while left > 0:
                block = blocks[(index + left) % len(blocks)]
                file.write(block[:left])
                left -= min(left, len(block))


def importance(path, width=1536, feed_forward=4096, layers=16, vocabulary_size=32000):
    """An importance matrix for `llama`: random sums of squares, all positive."""
    random_numbers = random.Random(5)
    names = [
        (name, shape[0])
        for name, shape in llama_tensors(width, feed_forward, layers, vocabulary_size)
        if len(shape) == 2
    ]
    table, data = b"", b""
    for name, columns in names:
        sums = [
            random_numbers.random() * random_numbers.random() * 4 + 1e-3 for _ in range(columns)
        ]
        for suffix, count, values in ((".in_sum2", columns, sums), (".counts", 1, [8.0])):
            table += string(name + suffix) + struct.pack("<IQQIQ", 2, count, 1, F32, len(data))
            data += struct.pack(f"<{count}f", *values)
            data += b"\0" * (-len(data) % 32)
    keys = entry("general.type", "str", "imatrix")
    keys += string("imatrix.datasets") + struct.pack("<IIQ", 9, 8, 1) + string("random")
    keys += entry("imatrix.chunk_count", "u32", 8) + entry("imatrix.chunk_size", "u32", 512)
    header = b"GGUF" + struct.pack("<IQQ", 3, 2 * len(names), 4) + keys + table
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32) + data)


def sparse_llama(path, size, kind="F16", vocabulary_size=32000):
    """A GGUF Llama of about `size` bytes whose weights are a hole in the file: zeros, F16 or
    Q8_0.
    """
    number, block, bytes_per_block = {"F16": (F16, 1, 2), "Q8_0": (8, 32, 34)}[kind]
    width, feed_forward = 4096, 14336
    per_layer = (4 * width * width + 3 * width * feed_forward) // block * bytes_per_block
    ends = 2 * width * vocabulary_size // block * bytes_per_block
    layers = max(1, (size - ends) // per_layer)
    tensors = list(llama_tensors(width, feed_forward, layers, vocabulary_size))
    tokens, token_keys = vocabulary(vocabulary_size)
    keys = [
        ("general.architecture", "str", "llama"),
        ("llama.block_count", "u32", layers),
        ("llama.context_length", "u32", 4096),
        ("llama.embedding_length", "u32", width),
        ("llama.feed_forward_length", "u32", feed_forward),
        ("llama.attention.head_count", "u32", 32),
        ("llama.attention.head_count_kv", "u32", 32),
        ("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5),
        ("llama.rope.dimension_count", "u32", 128),
        ("llama.vocab_size", "u32", vocabulary_size),
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys) + token_keys)
    header += b"".join(entry(*key) for key in keys) + tokens
    offset = 0
    for name, shape in tensors:
        count = 1
        for dimension in shape:
            count *= dimension
        bytes_taken = count * 4 if len(shape) == 1 else count // block * bytes_per_block
        header += (
            string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        )
        header += struct.pack("<IQ", F32 if len(shape) == 1 else number, offset)
        offset += (bytes_taken + 31) // 32 * 32
    header += b"\0" * (-len(header) % 32)
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(len(header) + offset)


def sparse_checkpoint(folder, size, tokenizer):
    """A Hugging Face Llama checkpoint of about `size` bytes whose BF16 weights are a hole in the
    file.

    `tokenizer` is a SentencePiece model of 1,024 tokens to put beside them.
    """
    width, feed_forward, vocabulary_size = 4096, 14336, 1024
    per_layer = 2 * (4 * width * width + 3 * width * feed_forward)
    layers = max(1, (size - 4 * width * vocabulary_size) // per_layer)
    tensors, offset = {}, 0

    def add(name, *shape):
        nonlocal offset
        count = 2
        for dimension in shape:
            count *= dimension
        tensors[name] = (shape, offset, offset + count)
        offset += count

    add("model.embed_tokens.weight", vocabulary_size, width)
    add("model.norm.weight", width)
    add("lm_head.weight", vocabulary_size, width)
    for layer in range(layers):
        block = f"model.layers.{layer}."
        add(block + "input_layernorm.weight", width)
        for part in ("q", "k", "v", "o"):
            add(block + f"self_attn.{part}_proj.weight", width, width)
        add(block + "post_attention_layernorm.weight", width)
        add(block + "mlp.gate_proj.weight", feed_forward, width)
        add(block + "mlp.up_proj.weight", feed_forward, width)
        add(block + "mlp.down_proj.weight", width, feed_forward)
    os.makedirs(folder, exist_ok=True)
    header = {
        name: {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, end]}
        for name, (shape, start, end) in tensors.items()
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + offset)
    configuration = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": width,
        "intermediate_size": feed_forward,
        "num_hidden_layers": layers,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "vocab_size": vocabulary_size,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    shutil.copy(tokenizer, os.path.join(folder, "tokenizer.model"))
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(configuration, file)


def many_tensors(path, count=1000):
    """A GGUF of `count` small tensors: what opening a file costs."""
    header = (
        b"GGUF" + struct.pack("<IQQ", 3, count, 1) + entry("general.architecture", "str", "llama")
    )
    for index in range(count):
        header += string(f"blk.{index}.weight") + struct.pack("<IQQIQ", 2, 32, 4, F32, index * 512)
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32))
        file.truncate(file.tell() + count * 512)
