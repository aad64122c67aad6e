"""Writes the good fixtures: bundles as other tools make them, and the identity of a few files."""

import json
import os
import tarfile

from oci import (
    MODEL,
    Layer,
    canonical,
    entry,
    frame,
    header,
    layout,
    seekable,
    sha256,
    tar,
)

here = os.path.dirname(os.path.abspath(__file__))
weights = b"GGUF" + bytes(range(256)) * 12
text = b"# A model\n"

# Raw, archived, and compressed with and without a seek table, in an order of its own, by a GNU tar
# with directories and ./ in front of every path.
folder = header("./docs/", kind=tarfile.DIRTYPE, mode=0o755)
archive = tar(folder, entry("./docs/README.md", text), entry("./LICENSE", b"Apache-2.0\n"))
long = "deep/" * 40 + "weights.gguf"
stream = tar(entry(long, weights, form=tarfile.GNU_FORMAT))
table = tar(entry("second/naïve.gguf", weights[::-1], form=tarfile.PAX_FORMAT))
with open(here + "/foreign.tar", "wb") as file:
    file.write(
        layout(
            Layer(weights, path="./model.gguf"),
            Layer(archive, "tar", path="docs", kind="doc"),
            Layer(frame(stream[:1500]) + frame(stream[1500:]), "tar+zstd", stream, path=long),
            Layer(seekable(table), "tar+zstd", table, path=None),
            prefix="./",
            form=tarfile.GNU_FORMAT,
            reverse=True,
        )
    )

# A configuration that says nothing, as one packer writes it (BND-33).
with open(here + "/empty-configuration.tar", "wb") as file:
    file.write(layout(Layer(weights), config=b"{}"))

# The identity of three files and a description, computed from the rules alone (BND-40, BND-41).
files = {
    "model.gguf": ("weight", weights),
    "tokenizer/vocab.json": ("weight.config", b'{"a":0}'),
    "Ünïcode.md": ("doc", text),
}
layers = []
for path in sorted(files, key=lambda p: p.encode()):
    kind, data = files[path]
    metadata = {
        "name": path.split("/")[-1],
        "mode": 420,
        "uid": 0,
        "gid": 0,
        "size": len(data),
        "mtime": "1970-01-01T00:00:00Z",
        "typeflag": 0,
    }
    layers.append(
        {
            "mediaType": MODEL + kind + ".v1.raw",
            "digest": sha256(data),
            "size": len(data),
            "annotations": {
                "org.cncf.model.filepath": path,
                "org.opencontainers.image.title": path,
                "org.cncf.model.file.mediatype.untested": "false",
                "org.cncf.model.file.metadata+json": canonical(metadata).decode(),
            },
        }
    )
config = canonical(
    {
        "descriptor": {"name": 'three "files"', "licenses": ["MIT"], "family": "llama"},
        "config": {"paramSize": "22.7m", "architecture": "transformer"},
        "modelfs": {"type": "layers", "diffIds": [layer["digest"] for layer in layers]},
    }
)
manifest = canonical(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": MODEL + "manifest.v1+json",
        "config": {
            "mediaType": MODEL + "config.v1+json",
            "digest": sha256(config),
            "size": len(config),
        },
        "layers": layers,
    }
)
with open(here + "/identity.json", "w") as file:
    json.dump(
        {
            "identity": sha256(manifest),
            "manifest": manifest.decode(),
            "configuration": config.decode(),
            "files": {path: list(data) for path, (_, data) in files.items()},
        },
        file,
    )
