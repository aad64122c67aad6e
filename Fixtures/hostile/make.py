"""Writes the bundles of this folder: small files that ask for much. Needs the zstd command."""

import hashlib
import io
import json
import struct
import subprocess
import tarfile

WEIGHT = "application/vnd.cncf.model.weight.v1."
PATH = "org.cncf.model.filepath"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def bundle(name, layers, blob):
    """A bundle whose layers, pairs of type and annotations, all name one blob."""
    configuration = json.dumps(
        {
            "descriptor": {},
            "config": {},
            "modelfs": {"type": "layers", "diffIds": ["sha256:" + "0" * 64] * len(layers)},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.cncf.model.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.cncf.model.config.v1+json",
                "digest": digest(configuration),
                "size": len(configuration),
            },
            "layers": [
                {"mediaType": kind, "digest": digest(blob), "size": len(blob), "annotations": notes}
                for kind, notes in layers
            ],
        }
    ).encode()
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "digest": digest(manifest),
                    "size": len(manifest),
                }
            ],
        }
    ).encode()
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index}
    for data in (manifest, configuration, blob):
        files["blobs/sha256/" + digest(data)[7:]] = data
    with tarfile.open(name, "w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def seek_table(frames):
    """A stream of no frames whose table counts so many of no bytes."""
    return (
        struct.pack("<II", 0x184D2A5E, frames * 8 + 9)
        + bytes(frames * 8)
        + struct.pack("<IBI", frames, 0, 0x8F92EAB1)
    )


def zeros(declared, real):
    """A tar in zstd whose header promises more than there is."""
    entry = tarfile.TarInfo("model.gguf")
    entry.size = declared
    data = entry.tobuf(tarfile.PAX_FORMAT) + bytes(real)
    return subprocess.run(
        ["zstd", "-q", "-19", "-c"], input=data, stdout=subprocess.PIPE, check=True
    ).stdout


bundle(
    "one-table-100-layers.oci.tar",
    [(WEIGHT + "tar+zstd", {PATH: f"{i}.gguf"}) for i in range(100)],
    seek_table(1 << 12),
)
bundle(
    "1900-folders.oci.tar",
    [(WEIGHT + "raw", {PATH: "a/" * 1900 + str(i)}) for i in range(20)],
    b"x",
)
size = 256 << 30
metadata = {
    PATH: "model.gguf",
    "org.cncf.model.file.metadata+json": json.dumps({"name": "model.gguf", "size": size}),
}
blob = zeros(size, 64 << 20)
bundle("declares-256-gib.oci.tar", [(WEIGHT + "tar+zstd", metadata)], blob)
bundle("expands-without-end.oci.tar", [(WEIGHT + "tar+zstd", {PATH: "model.gguf"})], blob)
