"""Claim: whole files equal, byte for byte, those of a llama-quantize built with -ffp-contract=off.

Needs NumPy. The peer is $LLAMA_QUANTIZE_STRICT, or llama-quantize-strict on PATH. Options by
environment: EXACT_ROWS (rows of each tensor), EXACT_TYPES, EXACT_FOLDER, EXACT_LEVELS,
EXACT_THREADS.
"""

import hashlib
import os
import shutil
import struct
import subprocess
import sys

import measure
import numpy
from synthesize import F16, F32, entry, string, vocabulary

TYPES = os.environ.get(
    "EXACT_TYPES",
    (
        "F16 BF16 F32 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ1_S IQ1_M IQ2_XXS "
        "IQ2_XS IQ2_S IQ3_XXS IQ3_S IQ4_NL IQ4_XS TQ1_0 TQ2_0 Q1_0 Q2_0 MXFP4 NVFP4"
    ),
).split()
FOLDER = os.environ.get("EXACT_FOLDER", "/dev/shm/weighbridge-exactness")
ROWS = int(os.environ.get("EXACT_ROWS", "96"))
WIDTH = 1280
PEER_WANTS_IMPORTANCE = {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"}


def levels():
    """The paths of this machine, the highest last."""
    with open("/proc/cpuinfo") as file:
        flags = file.read()
    names = ["scalar", "portable"]
    names += ["avx2"] if "avx2" in flags and "f16c" in flags else []
    if "avx512bw" in flags:
        names.append("avx512")
    else:
        print("SKIPPED: the AVX-512 path, which this machine does not have", file=sys.stderr)
    return os.environ.get("EXACT_LEVELS", " ".join(names)).split()


def samples(kind, random, shape):
    """Values of one kind; every tensor of the model has another."""
    normal = random.standard_normal(shape)
    if kind == "normal":
        return normal * 0.02
    if kind == "student":
        return random.standard_t(2, shape) * 0.02
    if kind == "outliers":
        return numpy.where(random.random(shape) < 1 / 64, normal * 5, normal * 0.01)
    if kind == "ties":
        return random.integers(-8, 9, shape) / 8
    if kind == "sparse":
        return numpy.where(random.random(shape) < 1 / 8, normal, 0)
    if kind == "positive":
        return abs(normal)
    if kind == "constant":
        return numpy.full(shape, 0.375) * numpy.repeat(
            random.integers(-1, 2, shape[0])[:, None], shape[1], 1
        )
    if kind == "large":
        return numpy.clip(normal * 1e4, -65504, 65504)
    if kind == "zeros":
        return numpy.copysign(0.0, normal)
    if kind == "denormal":
        return normal * 2.0**-22
    if kind == "tiny":
        return normal * 1e-12
    if kind == "signed zeros":
        return numpy.where(random.random(shape) < 1 / 3, normal, numpy.copysign(0.0, normal))
    if kind == "exponents":
        return normal * 2.0 ** random.integers(-14, 8, shape)
    raise ValueError(kind)


TAME = ["normal", "student", "outliers", "ties", "sparse", "positive", "large", "exponents"]
WILD = TAME + ["constant", "zeros", "signed zeros", "denormal", "tiny"]
FILES = {"wild": WILD, "tame": TAME}


def tensor_table(tensors, alignment=32):
    """The table and the padded data of (name, dimensions, type, bytes)."""
    table, offset = b"", 0
    for name, shape, kind, data in tensors:
        table += (
            string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        )
        table += struct.pack("<IQ", kind, offset)
        offset += (len(data) + alignment - 1) // alignment * alignment
    return table, b"".join(data + b"\0" * (-len(data) % alignment) for *_, data in tensors)


def write(path, keys, key_count, tensors):
    table, data = tensor_table(tensors)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), key_count) + keys + table
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32) + data)


def model(path, kinds, dtype):
    """A file that llama-quantize takes for a Llama: a tensor of each kind."""
    tokens, token_keys = vocabulary(512)
    keys = [
        ("general.architecture", "str", "llama"),
        ("general.name", "str", "exactness"),
        ("general.file_type", "u32", 1 if dtype == "f16" else 0),
        ("llama.block_count", "u32", len(kinds)),
        ("llama.context_length", "u32", 512),
        ("llama.embedding_length", "u32", WIDTH),
        ("llama.feed_forward_length", "u32", ROWS),
        ("llama.attention.head_count", "u32", 10),
        ("llama.attention.head_count_kv", "u32", 10),
        ("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5),
        ("llama.rope.dimension_count", "u32", 128),
        ("llama.vocab_size", "u32", 512),
    ]
    random = numpy.random.default_rng(1)
    half = dtype == "f16"
    tensors = [("token_embd.weight", (WIDTH, 512), "normal", 512)]
    tensors += [
        (f"blk.{i}.ffn_up.weight", (WIDTH, ROWS), kind, ROWS) for i, kind in enumerate(kinds)
    ]
    written = []
    for name, shape, kind, rows in tensors:
        values = samples(kind, random, (rows, WIDTH)).astype("<f2" if half else "<f4")
        written.append((name, shape, F16 if half else F32, values.tobytes()))
    write(path, b"".join(entry(*key) for key in keys) + tokens, len(keys) + token_keys, written)


def importance(path, count):
    """Random sums of squares, every ninth of them zero, for every tensor of a model."""
    random = numpy.random.default_rng(2)
    keys = entry("general.type", "str", "imatrix")
    keys += string("imatrix.datasets") + struct.pack("<IIQ", 9, 8, 1) + string("random")
    keys += entry("imatrix.chunk_count", "u32", 7) + entry("imatrix.chunk_size", "u32", 512)
    tensors = []
    for name in ["token_embd.weight"] + [f"blk.{i}.ffn_up.weight" for i in range(count)]:
        sums = (random.random(WIDTH) * random.random(WIDTH) * 4).astype("<f4")
        sums[random.random(WIDTH) < 1 / 9] = 0
        tensors.append((name + ".in_sum2", (WIDTH, 1), F32, sums.tobytes()))
        tensors.append((name + ".counts", (1, 1), F32, struct.pack("<f", 7)))
    write(path, keys, 4, tensors)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def first_difference(one, other):
    a, b = (numpy.fromfile(path, "u1") for path in (one, other))
    if len(a) != len(b):
        return f"{len(a)} and {len(b)} bytes"
    return f"byte {int(numpy.argmax(a != b))} of {len(a)}, {int((a != b).sum())} in all"


def run(command, **environment):
    return subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "GGML_NO_BACKTRACE": "1", **environment},
    )


class Comparison:
    def __init__(self, peer):
        self.peer, self.levels, self.rows, self.failures = peer, levels(), [], 0
        self.threads = os.environ.get("EXACT_THREADS", "1 2 3").split()

    def paths(self):
        """Every path on one thread, the highest on each number of threads."""
        for level in self.levels[:-1]:
            yield level, "1"
        for threads in self.threads:
            yield self.levels[-1], threads

    def ours(self, source, kind, matrix, theirs):
        """The paths whose file differs from the peer's."""
        bad, out = [], os.path.join(FOLDER, "ours.gguf")
        for level, threads in self.paths():
            command = [
                measure.OURS,
                "quantize",
                source,
                "-o",
                out,
                "--type",
                "Q8_0",
                "--pure",
                "--tensor-type",
                f"^blk={kind}",
                "--threads",
                threads,
                "--quiet",
                "--force",
            ]
            done = run(
                command + (["--importance", matrix] if matrix else []), WEIGHBRIDGE_CPU=level
            )
            if done.returncode != 0:
                bad.append(f"{level}/{threads}: {done.stderr.decode().strip()}")
            elif digest(out) != digest(theirs):
                bad.append(f"{level}/{threads}: {first_difference(out, theirs)}")
        return bad

    def compare(self, kind, dtype, weighted):
        if kind in PEER_WANTS_IMPORTANCE and not weighted:
            return
        theirs = os.path.join(FOLDER, "peer.gguf")
        for name in ("wild", "tame"):
            kinds = FILES[name]
            source = os.path.join(FOLDER, f"{name}-{dtype}.gguf")
            matrix = os.path.join(FOLDER, "imatrix.gguf") if weighted else None
            command = [self.peer, "--pure", "--tensor-type", f"^blk={kind.lower()}"]
            command += ["--imatrix", matrix] if weighted else []
            done = run(command + [source, theirs, "Q8_0", "2"])
            row = {
                "type": kind,
                "source": dtype,
                "importance": weighted,
                "tensors": len(kinds),
                "elements": len(kinds) * ROWS * WIDTH,
            }
            if done.returncode != 0:
                row["peer"] = "aborts" if done.returncode < 0 else "refuses"
                print(f"{kind} {dtype} {name}: the peer {row['peer']}", flush=True)
                continue
            else:
                row["differences"] = self.ours(source, kind, matrix, theirs)
                row["equal"] = not row["differences"]
                row["paths"] = [f"{level}/{threads}" for level, threads in self.paths()]
                self.failures += len(row["differences"])
                print(
                    kind,
                    dtype,
                    "importance" if weighted else "plain",
                    name,
                    "equal" if row["equal"] else row["differences"],
                    flush=True,
                )
            self.rows.append(row)
            return


def main():
    peer = os.environ.get("LLAMA_QUANTIZE_STRICT") or shutil.which("llama-quantize-strict")
    if not peer:
        print("SKIPPED: set LLAMA_QUANTIZE_STRICT to a llama-quantize built with -ffp-contract=off")
        return
    os.makedirs(FOLDER, exist_ok=True)
    for dtype in ("f16", "f32"):
        for name, kinds in FILES.items():
            model(os.path.join(FOLDER, f"{name}-{dtype}.gguf"), kinds, dtype)
    importance(os.path.join(FOLDER, "imatrix.gguf"), len(WILD))
    comparison = Comparison(peer)
    for kind in TYPES:
        for dtype in ("f16", "f32"):
            for weighted in (False, True):
                comparison.compare(kind, dtype, weighted)
    shutil.rmtree(FOLDER)
    equal = sum(row.get("equal", False) for row in comparison.rows)
    print(f"\n{equal} of {len(comparison.rows)} comparisons equal on every path")
    if "EXACT_TYPES" not in os.environ:
        measure.record("exactness", comparison.rows)
    sys.exit(1 if comparison.failures else 0)


main()
