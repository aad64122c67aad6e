extension ModelBundle {
  /// A program in Python that unpacks bundles without this library, by its standard library and the
  /// program `zstd` alone: nobody who has a bundle depends on us.
  ///
  /// It does not make again what is stored as a difference.
  public static let independentDecoder = #"""
    """Unpacks a bundle of Weighbridge: python3 decode.py BUNDLE FOLDER. Needs the program `zstd`.

    An archive of blobs by digest: index.json names the manifest, which names a layer for each file. A
    layer of planes is frames of zstd, a skippable frame with a table of contents (JSON), a seek table.
    """

    import hashlib
    import json
    import os
    import subprocess
    import sys
    import tarfile


    def unzstd(data):
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout


    def little(data):
        return int.from_bytes(data, "little")


    def magnitude(high, low):  # of a rotated half, in units of 2^-24
        exponent, fraction = high >> 3, (high & 7) << 7 | low >> 1
        return fraction if exponent == 0 else (1024 + fraction) << (exponent - 1)


    def unsorted(order, planes, blocks):
        d, m, scales, minimums, codes, count, levels, adds = order
        keys = []
        for i in range(blocks * count):
            b = i // count
            below = magnitude(planes[d][b], planes[d + 1][b])
            above = magnitude(planes[m][b], planes[m + 1][b])
            below *= planes[scales][i] if scales >= 0 else 1
            above *= planes[minimums][i] if minimums >= 0 else 1
            differ = (planes[d + 1][b] ^ planes[m + 1][b]) & 1
            key = 0
            if above and differ == adds:
                key = min(levels, (2 * above + below) // (2 * below)) if below else levels
            keys.append(key)
        size = len(planes[codes]) // max(len(keys), 1)
        result = bytearray(len(planes[codes]))
        for place, i in enumerate(sorted(range(len(keys)), key=lambda i: keys[i])):
            result[i * size : (i + 1) * size] = planes[codes][place * size : (place + 1) * size]
        planes[codes] = bytes(result)


    def joined(transform, data, size):
        block, blocks = transform["block"], size // transform["block"]
        planes, start = [], 0
        for symbols in transform["planes"]:
            planes.append(data[start : start + symbols * blocks])
            start += symbols * blocks
        if "order" in transform:
            unsorted(transform["order"], planes, blocks)
        result = bytearray(size)
        for plane, place, offset, count, shift, width, into, expands in transform["runs"]:
            symbols = transform["planes"][plane]
            for i in range(count * 8 if expands else count):
                part = planes[plane][place + i :: symbols]
                byte, low = (i // 8, i % 8) if expands else (i, shift)
                mask = (1 << (1 if expands else width)) - 1
                table = bytes((s >> into & mask) << low for s in range(256))
                bits = int.from_bytes(part.translate(table), "little")
                old = int.from_bytes(result[offset + byte :: block], "little")
                result[offset + byte :: block] = (old | bits).to_bytes(blocks, "little")
        return result


    def planes(layer):
        frames = little(layer[-9:-5])
        sizes = [
            (little(layer[i : i + 4]), little(layer[i + 4 : i + 8]))
            for i in range(len(layer) - 9 - 8 * frames, len(layer) - 9, 8)
        ]
        end = sum(size for size, _ in sizes)
        contents = json.loads(unzstd(layer[end - sizes[-1][0] + 16 : end]))
        known, start, frame = {}, 0, 0
        for region in contents["regions"]:
            if "prediction" in region:
                sys.exit("stored as what differs from " + json.dumps(region["prediction"]))
            transform = contents["transforms"][region["transform"]]
            step = contents["chunkBytes"] // transform["block"] * transform["block"]
            for place in range(0, region["bytes"], step):
                size = min(step, region["bytes"] - place)
                digest = region["digests"][64 * (place // step) :][:64]
                key = digest, region["transform"], size
                if key not in known:
                    count = len(transform["planes"])
                    end = start + sum(size for size, _ in sizes[frame : frame + count])
                    known[key], start, frame = layer[start:end], end, frame + count
                assert hashlib.sha256(known[key]).hexdigest() == digest, "a damaged chunk"
                yield joined(transform, unzstd(known[key]), size)


    def main(bundle, folder):
        archive = tarfile.open(bundle)

        def blob(digest):
            return archive.extractfile("blobs/" + digest.replace(":", "/")).read()

        index = json.loads(archive.extractfile("index.json").read())
        for layer in json.loads(blob(index["manifests"][0]["digest"]))["layers"]:
            name, data = layer["annotations"]["org.cncf.model.filepath"], blob(layer["digest"])
            path = os.path.join(folder, *[part for part in name.split("/") if part != ".."])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            kind = layer["mediaType"].rsplit(".", 1)[-1]
            if kind == "planes+zstd":
                parts = planes(data)
            else:
                parts = [unzstd(data) if "zstd" in kind else data]
            digest = hashlib.sha256()
            with open(path + ".part", "wb") as file:
                for part in parts:
                    digest.update(part)
                    file.write(part)
            said = layer["annotations"].get("weighbridge.file.digest", layer["digest"])
            assert "tar" in kind or "sha256:" + digest.hexdigest() == said, name + ": a wrong digest"
            os.replace(path + ".part", path)
            print(name)


    main(*sys.argv[1:])

    """#
}
