"""Claim: quantizing file to file is several times faster than llama-quantize, in little memory."""

import os

import measure
import synthesize

TYPES = os.environ.get("BENCH_TYPES", "Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q4_K_M Q5_K_M Q6_K Q3_K_M Q2_K").split()
THREADS = [int(count) for count in os.environ.get("BENCH_THREADS", "1 2").split()]
RUNS = int(os.environ.get("BENCH_RUNS", "3"))


def main():
    os.makedirs(measure.FOLDER, exist_ok=True)
    source = os.path.join(measure.FOLDER, "synthetic-f16.gguf")
    if not os.path.exists(source):
        synthesize.llama(source)
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
            commands = {
                "ours": [measure.OURS, "quantize", source, "-o", ours_out, "--type", kind,
                         "--threads", str(threads), "--quiet"]
            }
            if peer:
                commands["peer"] = [peer, source, peer_out, kind, str(threads)]
            results = measure.compare(commands, RUNS, clear)
            ours, other = results["ours"], results.get("peer")
            rows.append({
                "type": kind, "threads": threads, "seconds": round(ours[0], 3),
                "cpu": round(ours[1], 3), "MiB": round(ours[2], 1),
                "peerSeconds": other and round(other[0], 3), "peerMiB": other and round(other[2], 1),
                "ratio": other and round(other[0] / ours[0], 2),
            })
            print(rows[-1], flush=True)
    clear()
    print()
    measure.table(
        ["type", "threads", "ours s", "peer s", "ratio", "ours MiB", "peer MiB"],
        [[row["type"], row["threads"], row["seconds"], row["peerSeconds"], row["ratio"], row["MiB"],
          row["peerMiB"]] for row in rows])
    measure.record("quantize", rows)


main()
