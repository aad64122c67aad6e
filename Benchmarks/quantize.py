"""Claim: quantizing file to file is several times faster than llama-quantize, in little memory.

Every matrix of a synthetic Llama becomes the one type (--pure), with an importance matrix where the
peer wants one. `copying` is what reading and writing the same bytes costs (copying.py).

By environment: BENCH_TYPES, BENCH_THREADS, BENCH_RUNS, BENCH_LAYERS (28 million weights each,
beside 98 million of embeddings unless BENCH_VOCABULARY says otherwise). Results of a part of the
types replace theirs in the results file and keep the others.
"""

import json
import os
import statistics
import subprocess
import sys

import measure
import synthesize

SIMPLE = "Q8_0 Q4_0 Q4_1 Q5_0 Q5_1"
TYPES = os.environ.get(
    "BENCH_TYPES",
    SIMPLE + " Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S "
    "IQ3_XXS IQ3_S TQ1_0 TQ2_0 Q1_0 Q2_0",
).split()
THREADS = [int(count) for count in os.environ.get("BENCH_THREADS", "1 2").split()]
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
LAYERS = int(os.environ.get("BENCH_LAYERS", "16"))
VOCABULARY = int(os.environ.get("BENCH_VOCABULARY", "32000"))
# Where a type is the base of a recipe with a longer name.
RECIPES = {"Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M"}
TARGETS = {"Q": 5, "I": 3}


def target(kind):
    """The ratio that is asked for."""
    return 1.5 if kind in SIMPLE.split() else TARGETS[kind[0]] if kind[-2:] != "_0" else None


def copying(source, out, size, threads):
    """The median of what copying takes, in seconds."""
    program = os.path.join(measure.ROOT, "Benchmarks/copying.py")
    command = [sys.executable, program, source, out, str(size), str(threads)]
    times = [float(subprocess.check_output(command)) for _ in range(max(3, RUNS))]
    os.remove(out)
    return statistics.median(times)


def commands(kind, threads, source, matrix, ours_out, peer_out, peer):
    recipe = RECIPES.get(kind, kind)
    ours = [
        measure.OURS,
        "quantize",
        source,
        "-o",
        ours_out,
        "--type",
        recipe,
        "--pure",
        "--threads",
        str(threads),
        "--quiet",
    ]
    other = [peer, "--pure"]
    if kind.startswith("IQ") and not kind.startswith("IQ4"):
        ours += ["--importance", matrix]
        other += ["--imatrix", matrix]
    both = {"ours": ours}
    if peer:
        both["peer"] = other + [source, peer_out, recipe, str(threads)]
    return both


def main():
    os.makedirs(measure.FOLDER, exist_ok=True)
    source = os.path.join(measure.FOLDER, f"synthetic-{LAYERS}-{VOCABULARY}-f16.gguf")
    matrix = os.path.join(measure.FOLDER, "imatrix.gguf")
    if not os.path.exists(source):
        synthesize.llama(source, layers=LAYERS, vocabulary_size=VOCABULARY)
    synthesize.importance(matrix, layers=LAYERS, vocabulary_size=VOCABULARY)
    peer = measure.peer("llama-quantize")
    ours_out, peer_out = (os.path.join(measure.FOLDER, name) for name in ("ours.gguf", "peer.gguf"))
    rows = []

    def clear():
        for path in (ours_out, peer_out):
            if os.path.exists(path):
                os.remove(path)

    size = os.path.getsize(source)
    print(f"{size / 2**30:.2f} GiB of F16; medians of {RUNS} runs, in turn\n")
    for kind in TYPES:
        for threads in THREADS:
            pair = commands(kind, threads, source, matrix, ours_out, peer_out, peer)
            results = measure.compare(pair, RUNS, clear, warm=RUNS > 1)
            written = os.path.getsize(ours_out)
            clear()
            ours, other = results["ours"], results.get("peer")
            copied = copying(source, ours_out, written, threads)
            rows.append(
                {
                    "type": kind,
                    "threads": threads,
                    "sourceMiB": round(size / 2**20),
                    "runs": RUNS,
                    "seconds": round(ours[0], 3),
                    "cpu": round(ours[1], 3),
                    "MiB": round(ours[2], 1),
                    "peerSeconds": other and round(other[0], 3),
                    "peerMiB": other and round(other[2], 1),
                    "ratio": other and round(other[0] / ours[0], 2),
                    "target": target(kind),
                    "copyingSeconds": round(copied, 3),
                    "shareOfCopying": round(copied / ours[0], 2),
                }
            )
            print(rows[-1], flush=True)
    clear()
    print()
    measure.table(
        [
            "type",
            "threads",
            "ours s",
            "peer s",
            "ratio",
            "target",
            "ours MiB",
            "peer MiB",
            "copying s",
            "share",
        ],
        [
            [
                row["type"],
                row["threads"],
                row["seconds"],
                row["peerSeconds"],
                row["ratio"],
                row["target"],
                row["MiB"],
                row["peerMiB"],
                row["copyingSeconds"],
                row["shareOfCopying"],
            ]
            for row in rows
        ],
    )
    measure.record("quantize", merged(rows))


def merged(rows):
    """What was measured before of other types stays."""
    path = os.path.join(measure.ROOT, "Benchmarks/results/quantize.json")
    new = {(row["type"], row["threads"]) for row in rows}
    if not os.path.exists(path):
        return rows
    with open(path) as file:
        known = json.load(file)
    if known["machine"] != measure.machine():
        return rows
    kept = [
        row for row in known["rows"] if "target" in row and (row["type"], row["threads"]) not in new
    ]
    return kept + rows


main()
