import os
import shutil
import sys

import pytest
from conftest import EXE, IS_RELEASE, ROOT, TARGET, archive_of, run, sha256, unpack, use

# What a release has; the quick test packs `witgen` alone.
PROGRAMS = {"witgen-toolkit": "witgen", "witgen-serve": "witgen-serve"} if IS_RELEASE else {"witgen-toolkit": "witgen"}


@pytest.mark.parametrize("package", PROGRAMS)
def test_an_archive_is_one_folder_and_has_a_checksum(dist, tmp_path, package):
    archive = archive_of(dist, package)
    expected = f"{sha256(archive.read_bytes())}  {archive.name}\n"
    assert archive.with_name(archive.name + ".sha256").read_text() == expected
    unpack(archive, tmp_path)
    [folder] = tmp_path.iterdir()
    assert archive.name in (f"{folder.name}.tar.gz", f"{folder.name}.zip")
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["CHANGELOG.md", "LICENSE", "README.md", PROGRAMS[package] + EXE]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "0.1" in run(folder / (PROGRAMS[package] + EXE), "--version")


def test_the_same_files_make_the_same_archive(dist, tmp_path):
    archives = [tmp_path / "first/a.tar.gz", tmp_path / "second/a.tar.gz"]
    for archive in archives:
        file = tmp_path / "README.md"
        file.write_text("text")
        os.utime(file, (1, 1) if archive is archives[0] else (2_000_000_000, 2_000_000_000))
        run(sys.executable, ROOT / "packaging/archive.py", archive, file, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_the_program_checks_a_package(program, package):
    use([program], package)


@pytest.mark.skipif("linux" not in TARGET, reason="how programs are linked is told from ELF files")
@pytest.mark.parametrize("package", PROGRAMS)
def test_a_program_needs_what_its_target_promises(dist, tmp_path, package):
    unpack(archive_of(dist, package), tmp_path)
    [file] = tmp_path.glob(f"*/{PROGRAMS[package]}")
    needed = run("readelf", "--dynamic", file)
    segments = run("readelf", "--program-headers", "--wide", file)
    if "musl" in TARGET:
        assert "NEEDED" not in needed and "INTERP" not in segments
    else:
        assert "libc.so.6" in needed and "INTERP" in segments
    if IS_RELEASE:
        assert ".symtab" not in run("readelf", "--sections", "--wide", file), "not stripped"


@pytest.mark.skipif("musl" not in TARGET, reason="only programs for musl are static")
@pytest.mark.parametrize("name", PROGRAMS.values())
def test_a_static_program_runs_in_an_empty_root(dist, tmp_path, name, package):
    packages = {program: package for package, program in PROGRAMS.items()}
    unpack(archive_of(dist, packages[name]), tmp_path)
    root = tmp_path / "root"
    shutil.copytree(package, root / "package")
    shutil.copy(next(tmp_path.glob(f"*/{name}")), root / name)
    # A user namespace lets everybody change the root.
    enter = ["unshare", "--map-root-user", f"--root={root}"]
    assert "0.1" in run(*enter, f"/{name}", "--version")
    if name == "witgen":
        run(*enter, "--wd=/package", "/witgen", "lint", "wit")


@pytest.mark.skipif(not IS_RELEASE, reason="other profiles make other sizes")
def test_witgen_is_smaller_than_24_mb(program):
    assert program.stat().st_size < 24_000_000


def test_a_panic_names_its_file_and_line(program):
    """Symbols are stripped, and a report of a bug still says where it is: the place is in the program's data."""
    data = program.read_bytes()
    assert b"generator/cli/" in data or b"generator\\cli\\" in data
