#!/usr/bin/env python3
"""Packs files into an archive in which they are in one folder, and writes its checksum beside it.

    packaging/archive.py target/dist/name-0.1.0-x86_64-unknown-linux-gnu.tar.gz FILE...

A wheel among the files stands for the program in it. The same files give the same bytes: all have the time SOURCE_DATE_EPOCH, the owner 0, and are in the order of the arguments.
The archive is for Windows if its name ends in .zip.
"""

import gzip
import hashlib
import io
import os
import sys
import tarfile
import time
import zipfile
from pathlib import Path

# The earliest time that a zip file can have.
ZIP_EPOCH = 315532800


def main():
    archive, *files = map(Path, sys.argv[1:])
    if not files:
        sys.exit(__doc__)
    folder = archive.name.removesuffix(".zip").removesuffix(".tar.gz")
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", ZIP_EPOCH))
    write = write_zip if archive.suffix == ".zip" else write_tar
    archive.parent.mkdir(parents=True, exist_ok=True)
    contents = [program(file) if file.suffix == ".whl" else (file.name, file.read_bytes()) for file in files]
    archive.write_bytes(write(folder, contents, seconds))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    # Two spaces, as `sha256sum --check` and `shasum --algorithm 256 --check` read it.
    Path(f"{archive}.sha256").write_bytes(f"{digest}  {archive.name}\n".encode())


def program(wheel):
    """The name and the contents of the program in a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        [path] = [name for name in opened.namelist() if ".data/scripts/" in name]
        return path.rpartition("/")[2], opened.read(path)


def mode(name):
    """A program may be run, whatever the file system that it was built on says."""
    return 0o755 if Path(name).suffix in ("", ".exe") and name != "LICENSE" else 0o644


def write_tar(folder, files, seconds):
    out = io.BytesIO()
    # `mtime=0` and no name: gzip's header has the time otherwise.
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as compressed:
        with tarfile.open(mode="w", fileobj=compressed, format=tarfile.USTAR_FORMAT) as tar:
            for name, contents in files:
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size = len(contents)
                entry.mode = mode(name)
                entry.mtime = seconds
                tar.addfile(entry, io.BytesIO(contents))
    return out.getvalue()


def write_zip(folder, files, seconds):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, contents in files:
            date = time.gmtime(max(seconds, ZIP_EPOCH))[:6]
            entry = zipfile.ZipInfo(f"{folder}/{name}", date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode(name) << 16
            zipped.writestr(entry, contents)
    return out.getvalue()


if __name__ == "__main__":
    main()
