"""What reading one file and writing another costs: `copying.py SOURCE TARGET BYTES THREADS`.

Reads SOURCE in chunks and writes BYTES spread evenly over them, as a quantizer does, but computes
nothing. Prints the seconds from the first byte to the renamed file, without Python's own start.
"""

import os
import sys
import threading
import time

CHUNK = 4 << 20


def copy(source, target, written, threads):
    total = os.path.getsize(source)
    chunks = (total + CHUNK - 1) // CHUNK
    per_chunk = -(-written // chunks)
    taken, lock = iter(range(chunks)), threading.Lock()
    reading = os.open(source, os.O_RDONLY)
    writing = os.open(target + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)

    def work():
        buffer = bytearray(CHUNK)
        view = memoryview(buffer)
        while True:
            with lock:
                index = next(taken, None)
            if index is None:
                return
            count = os.preadv(reading, [view[: min(CHUNK, total - index * CHUNK)]], index * CHUNK)
            assert count > 0
            start = index * per_chunk
            left = min(per_chunk, written - start)
            while left > 0:
                done = os.pwrite(writing, view[: min(left, CHUNK)], start)
                start, left = start + done, left - done

    workers = [threading.Thread(target=work) for _ in range(threads - 1)]
    for worker in workers:
        worker.start()
    work()
    for worker in workers:
        worker.join()
    os.fsync(writing)
    os.close(writing)
    os.close(reading)
    os.rename(target + ".part", target)


def main():
    source, target, written, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    start = time.monotonic()
    copy(source, target, written, threads)
    print(f"{time.monotonic() - start:.4f}")


main()
