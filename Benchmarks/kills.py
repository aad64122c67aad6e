"""Kills every command that writes, at random moments, and runs it again: nothing lost, nothing
left.

usage: kills.py WEIGHBRIDGE [--rounds 20] [--seed N] [--signal KILL|INT|TERM] [--only COMMAND]

Each round starts a command in a fresh folder, sends the signal after a random part of the time that
a whole run takes, and checks that no input has changed and that no output is there in part. Then
the same command runs again: it must succeed, its output must be that of a run that nobody
disturbed, and nothing else may lie in the folder. After INT and TERM nothing may be left even
before that.
"""

import argparse
import hashlib
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FIXTURE = pathlib.Path(__file__).parent.parent / "Fixtures" / "models" / "jargon-llama"

# Name: arguments, then what is in the folder beforehand. OUT is where outputs go.
SMALL = ["--memory", "1MB", "--threads", "1"]
TEXT = ["--text", "IN/text.txt", "-c", "64", "--chunks", "8"]
COMMANDS = {
    "quantize": ["quantize", "IN/f16.gguf", "-o", "OUT/q.gguf", "--type", "Q3_K_M", *SMALL],
    "quantize in parts": [
        *["quantize", "IN/f16.gguf", "-o", "OUT/q.gguf", "--type", "Q8_0"],
        *["--split-size", "500KB", *SMALL],
    ],
    "convert to a folder": ["convert", "IN/f16.gguf", "-o", "OUT/hf/", *SMALL],
    "convert into a folder": ["convert", "IN/f16.gguf", "-o", "OUT/", "--force", *SMALL],
    "convert to safetensors": ["convert", "IN/f16.gguf", "-o", "OUT/m.safetensors", *SMALL],
    "pack": ["pack", "IN/f16.gguf", "IN/text.txt", "-o", "OUT/m.oci.tar", "--threads", "1"],
    "unpack": ["unpack", "IN/m.oci.tar", "-o", "OUT/new", "--threads", "1"],
    "unpack into a folder": ["unpack", "IN/m.oci.tar", "-o", "OUT", "--force", "--threads", "1"],
    "split": ["split", "IN/f16.gguf", "-o", "OUT/s", "--tensors", "4", *SMALL],
    "merge": ["merge", "IN/s-00001-of-00003.gguf", "-o", "OUT/m.gguf", *SMALL],
    "imatrix": ["imatrix", "IN/f16.gguf", *TEXT, "-o", "OUT/i.gguf", "--threads", "1"],
    "baseline": ["compare", "IN/f16.gguf", *TEXT, "--save-baseline", "OUT/b", "--threads", "1"],
    "report": [
        *["compare", "IN/f16.gguf", "IN/s-00001-of-00003.gguf", *TEXT, "--html", "OUT/r.html"],
        *["--threads", "1"],
    ],
    "logits": ["logits", "IN/f16.gguf", "--tokens", "1,2,3", "-o", "OUT/l.npy", "--threads", "1"],
}


def contents(folder: pathlib.Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, with its digest; folders with a slash."""
    return {
        str(path.relative_to(folder)) + ("/" if path.is_dir() else ""): ""
        if path.is_dir()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


class Trial:
    """One command with its inputs."""

    def __init__(self, binary: str, inputs: pathlib.Path, name: str) -> None:
        """Run it undisturbed for its output and its time."""
        self.binary, self.inputs, self.name = binary, inputs, name
        self.before = contents(inputs)
        with tempfile.TemporaryDirectory() as place:
            start = time.monotonic()
            done = self.start(pathlib.Path(place)).wait()
            self.seconds = time.monotonic() - start
            if done != 0:
                sys.exit(f"{name}: the undisturbed run ended with status {done}")
            self.expected = contents(pathlib.Path(place))

    def start(self, out: pathlib.Path, errors=subprocess.DEVNULL) -> subprocess.Popen:
        """Start the command."""
        words = [
            word.replace("IN/", f"{self.inputs}/").replace("OUT", str(out))
            for word in COMMANDS[self.name]
        ]
        return subprocess.Popen(
            [self.binary, *words, "--quiet"], stdout=subprocess.DEVNULL, stderr=errors
        )

    def round(self, moment: float, number: int) -> tuple[bool, list[str]]:
        """Whether the signal came in time, and what was wrong."""
        faults = []
        with tempfile.TemporaryDirectory() as place:
            out = pathlib.Path(place)
            process = self.start(out)
            time.sleep(moment)
            process.send_signal(number)
            status = process.wait()
            left = contents(out)
            if contents(self.inputs) != self.before:
                faults.append("an input changed")
            for path, digest in left.items():
                if ".weighbridge-" not in path and self.expected.get(path) != digest:
                    faults.append(f"{path} is there in part")
            if number != signal.SIGKILL and status != 0:
                hidden = [path for path in left if ".weighbridge-" in path]
                if hidden:
                    faults.append(f"status {status} left {hidden}")
            is_whole = left == self.expected
            if is_whole and "--force" not in COMMANDS[self.name]:
                return status < 0 or status > 128, faults
            again = self.start(out, subprocess.PIPE)
            said = again.communicate()[1].decode(errors="replace").strip()
            if again.returncode != 0:
                faults.append(f"the next run ended with {again.returncode}: {said}")
            elif contents(out) != self.expected:
                extra = sorted(set(contents(out)) ^ set(self.expected))
                faults.append(f"the next run's output differs: {extra or 'other bytes'}")
        return status < 0 or status > 128, faults


class EditTrial:
    """An edit in place, which has no output: the file itself is the old one or the new one."""

    name = "edit in place"
    EDIT = ["--set", "general.name=another name", "--chat-template", "IN/text.txt", "--in-place"]

    def __init__(self, binary: str, inputs: pathlib.Path) -> None:
        """Run it undisturbed for the new file and its time."""
        self.binary = binary
        self.words = [word.replace("IN/", f"{inputs}/") for word in self.EDIT]
        self.old = (inputs / "e.gguf").read_bytes()
        self.found = {"old": 0, "new": 0, "marked": 0}
        times = []
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place) / "e.gguf"
            for _ in range(3):
                file.write_bytes(self.old)
                start = time.monotonic()
                if self.start(file).wait() != 0:
                    sys.exit("edit in place: the undisturbed run failed")
                times.append(time.monotonic() - start)
            self.new = file.read_bytes()
        # The first run may wait for the disk; most of a run is starting.
        self.seconds = min(times)
        if self.new == self.old or len(self.new) != len(self.old):
            sys.exit("edit in place: nothing was changed in place")

    def start(self, file: pathlib.Path) -> subprocess.Popen:
        """Start the edit."""
        words = [self.binary, "edit", str(file), *self.words, "--quiet"]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def round(self, moment: float, number: int) -> tuple[bool, list[str]]:
        """Whether the signal came in time, and what was wrong.

        What another program would read between the kill and the next command is counted: the old
        file, the new one, or one that is marked and no model to anybody.
        """
        faults = []
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place) / "e.gguf"
            file.write_bytes(self.old)
            process = self.start(file)
            time.sleep(moment)
            process.send_signal(number)
            status = process.wait()
            left = file.read_bytes()
            if left in (self.old, self.new):
                self.found["old" if left == self.old else "new"] += 1
            elif left[:4] == b"WBED" and (file.parent / ".e.gguf.weighbridge-edit").exists():
                self.found["marked"] += 1
            else:
                faults.append("the file is neither old nor new nor marked with its journal")
            if number != signal.SIGKILL and left[:4] != b"GGUF":
                faults.append(f"status {status} left a marked file")
            reader = [self.binary, "inspect", str(file), "--quiet"]
            if subprocess.run(reader, capture_output=True).returncode != 0:
                faults.append("the next command cannot open the file")
            settled = file.read_bytes()
            if settled != (self.old if left == self.old else self.new):
                faults.append("the next command left another file")
            again = self.start(file).wait()
            if again != 0 or file.read_bytes() != self.new:
                faults.append(f"the next edit ended with {again}, and its file is another")
            if len(hidden := list(file.parent.iterdir())) > 1:
                faults.append(f"left: {[path.name for path in hidden]}")
        return status < 0 or status > 128, faults


def prepare(binary: str, folder: pathlib.Path) -> None:
    """Make the inputs."""
    (folder / "text.txt").write_text("The quick brown fox jumps over the lazy dog. " * 400)
    shutil.copytree(FIXTURE, folder / "hf")
    for words in (
        ["convert", "hf", "-o", "f16.gguf", "--type", "F16"],
        ["split", "f16.gguf", "-o", "s", "--tensors", "16"],
        ["pack", "f16.gguf", "text.txt", "-o", "m.oci.tar"],
        ["edit", "f16.gguf", "--reserve", "64KiB", "-o", "e.gguf"],
    ):
        subprocess.run([binary, *words, "--quiet"], cwd=folder, check=True)
    first = next(folder.glob("s-00001-of-*.gguf"))
    for words in (COMMANDS["merge"], COMMANDS["report"]):
        place = next(i for i, word in enumerate(words) if word.startswith("IN/s-00001"))
        words[place] = f"IN/{first.name}"


def main() -> None:
    """Run the rounds and print a line for each command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--signal", default="KILL", choices=["KILL", "INT", "TERM"])
    parser.add_argument("--only")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    chance = random.Random(options.seed)
    number = getattr(signal, "SIG" + options.signal)
    print(f"SIG{options.signal}, {options.rounds} rounds each, --seed {options.seed}")
    failed = False
    with tempfile.TemporaryDirectory() as place:
        inputs = pathlib.Path(place)
        prepare(binary, inputs)
        for name in [*COMMANDS, EditTrial.name]:
            if options.only and options.only != name:
                continue
            is_edit = name == EditTrial.name
            trial = EditTrial(binary, inputs) if is_edit else Trial(binary, inputs, name)
            killed, faults = 0, []
            for _ in range(options.rounds):
                moment = chance.uniform(0, trial.seconds)
                hit, found = trial.round(moment, number)
                killed += hit
                faults += found
            failed |= bool(faults)
            print(f"{name:24} {trial.seconds:6.2f} s, killed {killed:2}, {len(faults)} faults")
            if is_edit:
                print(f"    read before the next command: {trial.found}")
            for fault in faults:
                print(f"    {fault}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
