"""Runs commands in turn, A B A B …, and reports medians: machines drift, ratios less so."""

import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = os.environ.get("WEIGHBRIDGE_BINARY", os.path.join(ROOT, ".build/release/weighbridge"))
# Memory-backed, so that the disk's speed is not what is measured; set BENCH_FOLDER to change it.
FOLDER = os.environ.get("BENCH_FOLDER", "/dev/shm/weighbridge-bench")


def peer(name):
    """The path of a peer's program, or None after saying so."""
    path = shutil.which(name)
    if path is None:
        print(
            f"SKIPPED: {name} is not on PATH, so there is nothing to compare with", file=sys.stderr
        )
    return path


def once(command):
    """One run: wall and CPU seconds and peak resident memory in MiB, of that process alone."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"failed ({status}): {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(commands, runs=3, before=lambda: None, warm=True):
    """Medians of (wall, CPU, MiB) for each named command, run in turn, after a warm-up if asked."""
    samples = {name: [] for name in commands}
    for round_number in range(0 if warm else 1, runs + 1):
        before()
        for name, command in commands.items():
            figures = once(command)
            if round_number > 0:
                samples[name].append(figures)
    return {
        name: tuple(statistics.median(column) for column in zip(*rows))
        for name, rows in samples.items()
    }


def machine():
    model = "unknown"
    try:
        with open("/proc/cpuinfo") as file:
            model = next(
                (line.split(":")[1].strip() for line in file if "model name" in line), model
            )
    except OSError:
        pass
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform()}


def record(name, rows):
    """Keeps results beside the benchmarks, with date and machine."""
    folder = os.path.join(ROOT, "Benchmarks/results")
    os.makedirs(folder, exist_ok=True)
    today = datetime.date.today().isoformat()
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump({"date": today, "machine": machine(), "rows": rows}, file, indent=1)
        file.write("\n")


def table(header, rows):
    cells = [[str(cell) for cell in row] for row in [header] + rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        print(
            "  ".join(
                cell.rjust(width) if index else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(row, widths))
            )
        )
