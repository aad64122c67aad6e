"""Writes OCI layouts in tars with nothing but Python's standard library, for fixtures.

zstd frames are written by hand, of raw and repeated blocks, so that no compressor is needed.
"""

import hashlib
import json
import struct
import tarfile

MODEL = "application/vnd.cncf.model."


def canonical(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def header(name, size=0, kind=tarfile.REGTYPE, link="", form=tarfile.USTAR_FORMAT, mode=0o644):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = size, kind, link, mode
    return info.tobuf(form)


def padded(data):
    return data + bytes(-len(data) % 512)


def entry(name, data, **options):
    return header(name, len(data), **options) + padded(data)


def with_checksum(block):
    """A header block whose bytes were changed, with the checksum made right again."""
    block = bytearray(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


END = bytes(1024)


def tar(*entries):
    return b"".join(entries) + END


def blocks(data):
    """The content as raw blocks of at most 100,000 bytes, the last one marked."""
    parts = [data[i : i + 100_000] for i in range(0, len(data), 100_000)] or [b""]
    out = b""
    for i, part in enumerate(parts):
        out += struct.pack("<I", len(part) << 3 | (i == len(parts) - 1))[:3] + part
    return out


def frame(data):
    """One frame that names its content size in four bytes, without a checksum."""
    return b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(data)) + blocks(data)


def wide_frame(data, window_log):
    """One frame with a window, of unknown size."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, (window_log - 10) << 3]) + blocks(data)


def bomb(count):
    """A frame of `count` blocks, four bytes each, that repeat a zero 131,072 times."""
    out = b"\x28\xb5\x2f\xfd" + bytes([0x00, (17 - 10) << 3])
    for i in range(count):
        out += struct.pack("<I", 131072 << 3 | 1 << 1 | (i == count - 1))[:3] + b"\0"
    return out


def seek_table(entries, count=None, flags=0):
    body = b"".join(struct.pack("<II", *e) for e in entries)
    count = len(entries) if count is None else count
    body += struct.pack("<IBI", count, flags, 0x8F92EAB1)
    return struct.pack("<II", 0x184D2A5E, len(body)) + body


def seekable(data, cut=1000, table=None):
    frames = [(frame(data[i : i + cut]), len(data[i : i + cut])) for i in range(0, len(data), cut)]
    return b"".join(f for f, _ in frames) + (table or seek_table([(len(f), n) for f, n in frames]))


class Layer:
    """A layer: its bytes as stored, and its content before compression."""

    def __init__(self, blob, packing="raw", diff=None, path="model.gguf", kind="weight", **changes):
        self.blob, self.packing, self.kind = blob, packing, kind
        self.diff = blob if diff is None else diff
        self.annotations = {} if path is None else {"org.cncf.model.filepath": path}
        self.changes = changes

    def descriptor(self):
        value = {
            "mediaType": MODEL + self.kind + ".v1." + self.packing,
            "digest": sha256(self.blob),
            "size": len(self.blob),
        }
        value.update(self.changes)
        if self.annotations:
            value["annotations"] = self.annotations
        return value


def layout(
    *layers,
    manifest=None,
    config=None,
    index=None,
    oci=b'{"imageLayoutVersion":"1.0.0"}',
    leave_out=(),
    more=(),
    blobs=None,
    manifest_bytes=None,
    diff_ids=None,
    prefix="",
    form=None,
    reverse=False,
):
    """A whole bundle; every part can be replaced by a wrong one."""
    if config is None:
        ids = [sha256(layer.diff) for layer in layers] if diff_ids is None else diff_ids
        config = {"descriptor": {}, "config": {}, "modelfs": {"type": "layers", "diffIds": ids}}
    config = config if isinstance(config, bytes) else canonical(config)
    value = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": MODEL + "manifest.v1+json",
        "config": {
            "mediaType": MODEL + "config.v1+json",
            "digest": sha256(config),
            "size": len(config),
        },
        "layers": [layer.descriptor() for layer in layers],
    }
    value.update(manifest or {})
    data = manifest_bytes or canonical(value)
    item = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": sha256(data),
        "size": len(data),
    }
    index = {"schemaVersion": 2, "manifests": [item]} if index is None else index(item)
    files = [("oci-layout", oci), ("index.json", canonical(index))]
    named = {sha256(data): data, sha256(config): config}
    named.update({sha256(layer.blob): layer.blob for layer in layers})
    named.update(blobs or {})
    files += [("blobs/sha256/" + name[7:], blob) for name, blob in named.items()]
    files = [(name, blob) for name, blob in files if name not in leave_out]
    if reverse:
        files.reverse()
    form = {} if form is None else {"form": form}
    return tar(*[entry(prefix + name, blob, **form) for name, blob in files], *more)
