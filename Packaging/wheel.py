"""Packs the binary as a Python wheel, whose script it is.

usage: wheel.py PREFIX VERSION PLATFORM OUT

PREFIX holds bin/weighbridge and share/; PLATFORM is the tag of the oldest system on which the
binary runs (manylinux_2_35_x86_64). The wheel's layout is that of the binary distribution format
(packaging.python.org/specifications/binary-distribution-format).
"""

import base64
import hashlib
import os
import sys
import time
import zipfile
from pathlib import Path

INIT = b'''"""The command `weighbridge`; `find_bin()` is the path of its binary."""

import sysconfig
from pathlib import Path


def find_bin():
    """Where pip has put the binary: with the scripts of this environment, or of the user."""
    user = sysconfig.get_preferred_scheme("user")
    for scheme in (sysconfig.get_default_scheme(), user):
        path = Path(sysconfig.get_path("scripts", scheme)) / "weighbridge"
        if path.exists():
            return str(path)
    raise FileNotFoundError("weighbridge is installed, but its binary is not among the scripts")
'''

MAIN = b"""import os
import sys

from weighbridge import find_bin

os.execv(find_bin(), ["weighbridge", *sys.argv[1:]])
"""


def files(prefix, version, platform):
    """Names in the wheel and what they hold."""
    info = f"weighbridge-{version}.dist-info"
    data = f"weighbridge-{version}.data"
    yield "weighbridge/__init__.py", INIT
    yield "weighbridge/__main__.py", MAIN
    yield f"{data}/scripts/weighbridge", (prefix / "bin/weighbridge").read_bytes()
    for path in sorted((prefix / "share").rglob("*")):
        if path.is_file():
            yield f"{data}/data/{path.relative_to(prefix)}", path.read_bytes()
    here = Path(__file__).resolve().parent.parent
    readme = (here / "README.md").read_text()
    lines = [
        "Metadata-Version: 2.4",
        "Name: weighbridge",
        f"Version: {version}",
        "Summary: Inspect, convert, quantize, measure and pack language models",
        "License-Expression: Apache-2.0",
        "License-File: LICENSE",
        "Requires-Python: >=3.10",
        "Description-Content-Type: text/markdown",
    ]
    yield f"{info}/METADATA", ("\n".join(lines) + "\n\n" + readme).encode()
    yield f"{info}/licenses/LICENSE", (here / "LICENSE").read_bytes()
    wheel = "Wheel-Version: 1.0\nGenerator: weighbridge\nRoot-Is-Purelib: false\n"
    yield f"{info}/WHEEL", f"{wheel}Tag: py3-none-{platform}\n".encode()


def main():
    prefix, version, platform, out = Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
    date = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())), 315532800))[:6]
    path = out / f"weighbridge-{version}-py3-none-{platform}.whl"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, content):
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if "/scripts/" in name else 0o100644) << 16
            archive.writestr(entry, content)

        for name, content in files(prefix, version, platform):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")
            add(name, content)
        name = f"weighbridge-{version}.dist-info/RECORD"
        add(name, ("\n".join([*record, f"{name},,"]) + "\n").encode())


main()
