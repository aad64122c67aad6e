"""Converts a BF16 checkpoint beside llama.cpp's convert_hf_to_gguf.py: time, CPU and peak memory.

Usage: convert.py [--gib 4] [--types F16,Q8_0] [--runs 1] [--keep]. The peer is run with
$PEER_PYTHON (default: python3) from $LLAMA_CPP, where that is set. The checkpoint has the shape of
a Llama of 2.1 billion weights in 4 GiB, the values of one random block again and again, and is
removed afterwards.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import struct
import sys

from measure import FOLDER, OURS, ROOT, machine, once, record, table

WIDTH, WIDE, VOCABULARY = 2048, 8192, 1024
LAYER_BYTES = 2 * (4 * WIDTH * WIDTH + 3 * WIDTH * WIDE + 2 * WIDTH)


def shapes(layers):
    yield "model.embed_tokens.weight", (VOCABULARY, WIDTH)
    for layer in range(layers):
        block = f"model.layers.{layer}."
        for name, shape in [
            ("self_attn.q_proj", (WIDTH, WIDTH)),
            ("self_attn.k_proj", (WIDTH, WIDTH)),
            ("self_attn.v_proj", (WIDTH, WIDTH)),
            ("self_attn.o_proj", (WIDTH, WIDTH)),
            ("mlp.gate_proj", (WIDE, WIDTH)),
            ("mlp.up_proj", (WIDE, WIDTH)),
            ("mlp.down_proj", (WIDTH, WIDE)),
            ("input_layernorm", (WIDTH,)),
            ("post_attention_layernorm", (WIDTH,)),
        ]:
            yield block + name + ".weight", shape
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (VOCABULARY, WIDTH)


def random_block(count):
    """BF16 values of both signs between 2^-10 and 2^-3, from a hash: the same on every machine."""
    data = bytearray(hashlib.shake_256(b"weighbridge").digest(count * 2))
    for index in range(1, len(data), 2):
        # The high byte holds the sign and seven bits of the exponent.
        data[index] = (data[index] & 0x80) | 0x3A + (data[index] & 3)
    return bytes(data)


def write_checkpoint(folder, gib):
    layers = max(1, round(gib * 2**30 / LAYER_BYTES))
    os.makedirs(folder, exist_ok=True)
    header, offset = {}, 0
    for name, shape in shapes(layers):
        size = 2
        for dimension in shape:
            size *= dimension
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    block = random_block(1 << 20) * 16
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        left = offset
        while left > 0:
            left -= file.write(block[: min(left, len(block))])
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": WIDTH,
        "intermediate_size": WIDE,
        "num_hidden_layers": layers,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": VOCABULARY,
        "rms_norm_eps": 1e-5,
        "max_position_embeddings": 4096,
        "torch_dtype": "bfloat16",
    }
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    for name in ("tokenizer.model", "tokenizer_config.json"):
        shutil.copy(os.path.join(ROOT, "Fixtures/models/jargon-llama", name), folder)
    return offset


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--types", default="F16,Q8_0")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the checkpoint for the next call")
    parser.add_argument("--check", action="store_true", help="compare the files by SHA-256")
    arguments = parser.parse_args()
    folder = os.path.join(FOLDER, "llama")
    size = write_checkpoint(folder, arguments.gib) if not os.path.exists(folder) else None
    size = size or os.path.getsize(os.path.join(folder, "model.safetensors"))
    llama = os.environ.get("LLAMA_CPP")
    script = os.path.join(llama, "convert_hf_to_gguf.py") if llama else None
    if script is None:
        print("SKIPPED: LLAMA_CPP is not set, so there is nothing to compare with", file=sys.stderr)
    rows = []
    try:
        for kind in arguments.types.split(","):
            rows += measure(kind, folder, script, size, arguments)
    finally:
        if not arguments.keep:
            shutil.rmtree(FOLDER, ignore_errors=True)
    header = ["type", "program", "seconds", "CPU seconds", "peak MiB", "GiB/s"]
    table(header, [[row[key] for key in header] for row in rows])
    record("convert", rows)
    print(machine()["cpu"])


def measure(kind, folder, script, size, arguments):
    commands = {
        "weighbridge": [OURS, "convert", folder, "--type", kind, "--quiet", "--force", "-o"]
    }
    if script:
        python = os.environ.get("PEER_PYTHON", "python3")
        commands["convert_hf_to_gguf.py"] = [
            python,
            script,
            folder,
            "--outtype",
            kind.lower(),
            "--outfile",
        ]
    rows, digests = [], set()
    for name, command in commands.items():
        output = os.path.join(FOLDER, "out.gguf")
        samples = []
        for _ in range(arguments.runs):
            samples.append(once(command + [output]))
            if arguments.check and _ == 0:
                digests.add(digest(output))
            os.remove(output)
        wall, cpu, memory = (statistics.median(column) for column in zip(*samples))
        rows.append(
            {
                "GiB": round(size / 2**30, 1),
                "type": kind,
                "program": name,
                "seconds": round(wall, 2),
                "CPU seconds": round(cpu, 2),
                "peak MiB": round(memory),
                "GiB/s": round(size / 2**30 / wall, 2),
            }
        )
    if arguments.check and script:
        print(f"{kind}: the files are {'the same' if len(digests) == 1 else 'DIFFERENT'}")
    return rows


if __name__ == "__main__":
    main()
