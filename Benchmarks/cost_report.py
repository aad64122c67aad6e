"""Claim: saying what quantization cost takes less than a twentieth of the time."""

import os

import measure
import synthesize

TYPES = os.environ.get("BENCH_TYPES", "Q8_0 Q4_0 Q4_K_M Q6_K IQ4_XS").split()
THREADS = [int(count) for count in os.environ.get("BENCH_THREADS", "1 2").split()]
RUNS = int(os.environ.get("BENCH_RUNS", "5"))


def main():
    os.makedirs(measure.FOLDER, exist_ok=True)
    source = os.path.join(measure.FOLDER, "synthetic-f16.gguf")
    if not os.path.exists(source):
        synthesize.llama(source)
    output, report = (os.path.join(measure.FOLDER, name) for name in ("cost.gguf", "cost.json"))
    rows = []
    for kind in TYPES:
        for threads in THREADS:
            # --force replaces, so that the runs need no clearing between them.
            command = [
                measure.OURS,
                "quantize",
                source,
                "-o",
                output,
                "--type",
                kind,
                "--threads",
                str(threads),
                "--quiet",
                "--force",
            ]
            results = measure.compare(
                {"without": command, "with": command + ["--report", report]}, RUNS
            )
            (wall, cpu, _), (wall_with, cpu_with, memory) = results["without"], results["with"]
            rows.append(
                {
                    "type": kind,
                    "threads": threads,
                    "seconds": round(wall, 3),
                    "cpu": round(cpu, 3),
                    "secondsWithReport": round(wall_with, 3),
                    "cpuWithReport": round(cpu_with, 3),
                    "percentOfCPU": round(100 * (cpu_with / cpu - 1), 1),
                    "MiB": round(memory, 1),
                }
            )
            print(rows[-1], flush=True)
    for path in (output, report):
        os.remove(path)
    measure.table(list(rows[0]), [list(row.values()) for row in rows])
    measure.record("cost_report", rows)


main()
