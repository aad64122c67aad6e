"""Claim: prompt tokens a second at least equal to llama-perplexity, with exact float32 activations.

A random Llama of 134 M parameters as F16, Q8_0, Q4_0 and Q4_K_M; four windows of 512 tokens; one
thread and two. Ours is timed from the first token to the last score; the peer by its own "seconds
per pass", which is the decoding alone.
"""

import json
import os
import re
import statistics
import subprocess
import sys

import measure
import synthesize

TYPES = ("F16", "Q8_0", "Q4_0", "Q4_K_M")
# BENCH_CONTEXT asks for longer windows, of as many tokens in all.
CONTEXT = int(os.environ.get("BENCH_CONTEXT", "512"))
WINDOWS = max(1, 2048 // CONTEXT)


def models(folder):
    """The model in every type, made once."""
    source = os.path.join(folder, "F16.gguf")
    if not os.path.exists(source):
        synthesize.llama(source, width=768, feed_forward=2048, layers=12, heads=12)
    for kind in TYPES[1:]:
        path = os.path.join(folder, f"{kind}.gguf")
        if not os.path.exists(path):
            subprocess.run(
                [measure.OURS, "quantize", source, "-o", path, "--type", kind, "--quiet"],
                check=True,
            )
    text = os.path.join(folder, "text.txt")
    with open(text, "w") as file:
        # Every letter becomes a token of its own.
        file.write("It was the best of times, it was the worst of times. " * 400)
    return text


def run(command):
    """Standard output and error, and peak memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed ({status}): {' '.join(command)}\n{output[-2000:]}")
    return output, usage.ru_maxrss / 1024


def ours(path, text, threads):
    output, peak = run(
        [
            measure.OURS,
            "perplexity",
            path,
            "--text",
            text,
            "--context",
            str(CONTEXT),
            "--windows",
            str(WINDOWS),
            "--threads",
            str(threads),
            "--verbose",
            "--json",
        ]
    )
    document = json.loads(output[output.index("{") :])
    return {
        "rate": document["profile"]["tokensPerSecond"],
        "MiB": peak,
        "perplexity": document["perplexity"],
        "parts": document["profile"]["workerSeconds"],
    }


def theirs(program, path, text, threads):
    output, peak = run(
        [
            program,
            "-m",
            path,
            "-f",
            text,
            "-c",
            str(CONTEXT),
            "-b",
            str(WINDOWS * CONTEXT),
            "--chunks",
            str(WINDOWS),
            "-t",
            str(threads),
        ]
    )
    seconds = float(re.search(r"([0-9.]+) seconds per pass", output).group(1))
    perplexity = float(re.search(r"Final estimate: PPL = ([0-9.]+)", output).group(1))
    return {"rate": WINDOWS * CONTEXT / seconds, "MiB": peak, "perplexity": perplexity}


def main():
    counts = [int(count) for count in sys.argv[1:]] or [1, 2]
    folder = os.path.join(measure.FOLDER, "perplexity")
    os.makedirs(folder, exist_ok=True)
    text = models(folder)
    program = measure.peer("llama-perplexity")
    rows = []
    for threads in counts:
        for kind in TYPES:
            path = os.path.join(folder, f"{kind}.gguf")
            own, peers = [], []
            for _ in range(int(os.environ.get("BENCH_ROUNDS", "3"))):
                own.append(ours(path, text, threads))
                if program:
                    peers.append(theirs(program, path, text, threads))
            middle = lambda samples, key: statistics.median(sample[key] for sample in samples)
            total = sum(own[-1]["parts"].values())
            row = {
                "type": kind,
                "threads": threads,
                "tokensPerSecond": round(middle(own, "rate"), 1),
                "MiB": round(middle(own, "MiB"), 1),
            }
            if program:
                row |= {
                    "peerTokensPerSecond": round(middle(peers, "rate"), 1),
                    "peerMiB": round(middle(peers, "MiB"), 1),
                    "ratio": round(middle(own, "rate") / middle(peers, "rate"), 2),
                }
            row["shares"] = {
                name: round(seconds / total, 3) for name, seconds in own[-1]["parts"].items()
            }
            rows.append(row)
    names = ["products", "dequantization", "attention", "head", "rest", "reading"]
    measure.table(
        ["type", "threads", "tokens/s", "peer", "ratio", "MiB", "peer MiB"] + names,
        [
            [
                row["type"],
                row["threads"],
                row["tokensPerSecond"],
                row.get("peerTokensPerSecond", "-"),
                row.get("ratio", "-"),
                row["MiB"],
                row.get("peerMiB", "-"),
            ]
            + [f"{100 * row['shares'][name]:.1f} %" for name in names]
            for row in rows
        ],
    )
    name = "perplexity" if counts == [1, 2] else f"perplexity-{counts[0]}"
    measure.record(name if CONTEXT == 512 else f"{name}-context-{CONTEXT}", rows)


main()
