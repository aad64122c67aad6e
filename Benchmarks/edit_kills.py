"""Kills `edit --in-place` at random moments: what is left is the old file or the new one.

usage: edit_kills.py WEIGHBRIDGE [--rounds 200] [--seed N] [--parts N] [--bytes N]

Each round edits a fresh copy, kills the program after a random part of the time that a whole edit
takes, and looks at the file: first as it lies, then after another command has opened it. Before
that it may be marked, so that no reader takes it for a model; after it, it is the old file or the
new one, byte for byte, and nothing else lies in the folder.
"""

import argparse
import collections
import hashlib
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import gguf
import numpy

MARK = b"WBED"


def digest(folder: pathlib.Path) -> str:
    """A digest of every file of a model, in order."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.gguf")):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def write_model(path: pathlib.Path, size: int) -> None:
    """Write a model with a vocabulary, so that its header is not small."""
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_string("general.name", "kills")
    writer.add_string("tokenizer.chat_template", "{{ messages }}" * 200)
    writer.add_token_list([f"token{index}" for index in range(20_000)])
    for index in range(8):
        values = numpy.full(size // 8 // 4, index, dtype=numpy.float32)
        writer.add_tensor(f"blk.{index}.ffn_norm.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Run the rounds and say what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--bytes", type=int, default=4 << 20)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    run = [arguments.binary]
    with tempfile.TemporaryDirectory() as place:
        root = pathlib.Path(place)
        original = root / "original"
        original.mkdir()
        write_model(root / "plain.gguf", arguments.bytes)
        roomy = root / "roomy.gguf"
        set_name = ["--set", "general.name=str:roomy", "--reserve", "16KiB"]
        subprocess.run(
            [*run, "edit", root / "plain.gguf", *set_name, "-o", roomy, "-q"], check=True
        )
        if arguments.parts > 1:
            count = str(8 // arguments.parts)
            split = ["split", roomy, "-o", original / "m", "--tensors", count, "-q"]
            subprocess.run([*run, *split], check=True)
        else:
            shutil.copy(roomy, original / "m.gguf")
        (root / "new.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}" * 100)
        work = root / "work"
        first = sorted(path.name for path in original.glob("*.gguf"))[0]
        edit = [*run, "edit", work / first, "--in-place", "-q"]
        edit += ["--chat-template", root / "new.jinja"]
        edit += ["--rename", "blk.7.ffn_norm.weight=blk.7.other_norm.weight"]
        shutil.copytree(original, work)
        old = digest(work)
        start = time.monotonic()
        subprocess.run(edit, check=True)
        seconds = time.monotonic() - start
        new = digest(work)
        assert old != new, "the edit changes the file"
        found = collections.Counter()
        for _ in range(arguments.rounds):
            shutil.rmtree(work)
            shutil.copytree(original, work)
            process = subprocess.Popen(edit, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, seconds * 1.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            before = digest(work)
            marked = any(path.read_bytes()[:4] == MARK for path in work.glob("*.gguf"))
            found["old" if before == old else "new" if before == new else "marked"] += 1
            if before not in (old, new) and not marked:
                sys.exit("a file that looks like a model is neither old nor new")
            subprocess.run([*run, "inspect", work / first, "-q"], check=True, capture_output=True)
            after = digest(work)
            found["then old" if after == old else "then new"] += 1
            if after not in (old, new):
                sys.exit("after another command the file is neither old nor new")
            rest = [path.name for path in work.iterdir() if not path.name.endswith(".gguf")]
            if rest:
                sys.exit(f"left behind: {rest}")
        print(f"{arguments.rounds} kills within {seconds * 1.1:.3f} s, {arguments.parts} part(s)")
        print(", ".join(f"{name} {count}" for name, count in sorted(found.items())))


if __name__ == "__main__":
    main()
