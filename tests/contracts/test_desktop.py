"""What the desktop build says of itself: icons, kinds of files, version resource, bill of materials, licences."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import re
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from defusedxml import ElementTree
from PIL import Image

from desktop import bill, facts, try_build
from engine import __version__
from engine.dataset.project import Project
from engine.dataset.schema import APPLICATION_ID

REPOSITORY = Path(__file__).resolve().parents[2]
DESKTOP = REPOSITORY / "desktop"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
LICENCES_OF_OURS = {"PySide6-Essentials": "LGPL-3.0.txt", "shiboken6": "LGPL-3.0.txt"}
"""Packages without a licence file of their own, and the one that the build carries for them."""
LICENCES_KNOWN = {"Apache-2.0", "PSF-2.0"}


def test_the_icons_have_the_sizes_that_the_systems_want() -> None:
    icons = DESKTOP / "icons"
    with Image.open(icons / "moltbox.ico") as windows:
        assert {(16, 16), (32, 32), (48, 48), (256, 256)} <= set(windows.info["sizes"])
    with Image.open(icons / "moltbox.icns") as mac:
        assert max(size[0] * size[-1] for size in mac.info["sizes"]) >= 1024
    for side in (48, 128, 256):
        with Image.open(icons / f"moltbox-{side}.png") as linux:
            assert linux.size == (side, side)
            opaque = sum(linux.convert("RGBA").getchannel("A").histogram()[128:])
            assert 0.2 < opaque / side**2 < 0.95


def test_the_icons_are_drawn_anew_by_the_committed_script(tmp_path: Path, qapp: object) -> None:
    from desktop.icons import write_icons

    written = write_icons(tmp_path)
    assert sorted(file.name for file in written) == sorted(file.name for file in (DESKTOP / "icons").iterdir())
    for name in ("moltbox-48.png", "moltbox-256.png"):
        with Image.open(tmp_path / name) as made, Image.open(DESKTOP / "icons" / name) as kept:
            small = [list(picture.convert("RGBA").resize((8, 8)).tobytes()) for picture in (made, kept)]
        assert max(abs(one - other) for one, other in zip(*small, strict=True)) <= 8


def test_the_entry_of_the_menu_opens_both_kinds_of_files() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(DESKTOP / "linux" / "moltbox.desktop", encoding="utf-8")
    fields = entry["Desktop Entry"]
    assert fields["MimeType"].rstrip(";").split(";") == [facts.MODEL_KIND, facts.PROJECT_KIND]
    assert fields["Exec"] == "moltbox open %f"
    assert fields["StartupWMClass"] == "moltbox"
    for key in ("Name", "Comment", "Icon", "Categories", "Comment[de]"):
        assert fields[key]


def test_the_kinds_of_files_are_told_by_what_is_in_them(tmp_path: Path) -> None:
    root = ElementTree.fromstring((DESKTOP / "linux" / "moltbox.xml").read_bytes())
    kinds = {kind.attrib["type"]: kind for kind in root.iter(f"{MIME}mime-type")}
    assert set(kinds) == {facts.MODEL_KIND, facts.PROJECT_KIND}
    assert [entry.attrib["pattern"] for entry in root.iter(f"{MIME}glob")] == ["*.molt"]
    with Project.open(tmp_path) as project:
        path = project.path
    head = path.read_bytes()[:100]
    for match in kinds[facts.PROJECT_KIND].iter(f"{MIME}match"):
        offset, value = int(match.attrib["offset"]), match.attrib["value"].encode()
        assert head[offset : offset + len(value)] == value
    assert APPLICATION_ID.to_bytes(4, "big") == b"Molt"
    sqlite3.connect(tmp_path / "other.sqlite").execute("CREATE TABLE a (b)")
    assert (tmp_path / "other.sqlite").read_bytes()[68:72] != b"Molt"


@pytest.mark.skipif(sys.platform != "linux", reason="installs into a Linux desktop")
def test_installing_writes_entry_kinds_and_icons_and_removing_takes_them_out(tmp_path: Path) -> None:
    linux = tmp_path / "my build" / "linux"
    shutil.copytree(DESKTOP / "linux", linux)
    shutil.copytree(DESKTOP / "icons", linux / "icons")
    program = tmp_path / "my build" / "moltbox"
    program.touch(mode=0o755)
    share = tmp_path / "share"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "XDG_DATA_HOME": str(share)}
        command = ["sh", str(linux / "install.sh"), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert run().returncode == 0
    entry = (share / "applications" / "moltbox.desktop").read_text(encoding="utf-8")
    assert f'Exec="{program}" open %f\n' in entry
    assert (share / "mime" / "packages" / "moltbox.xml").is_file()
    assert (share / "icons" / "hicolor" / "256x256" / "apps" / "moltbox.png").is_file()
    if shutil.which("update-mime-database"):
        assert f"{facts.MODEL_KIND}:*.molt" in (share / "mime" / "globs").read_text(encoding="utf-8")
    assert run("remove").returncode == 0
    left = [path for path in share.rglob("*moltbox*") if path.is_file() and "packages" in path.parts]
    assert left == []
    assert not (share / "applications" / "moltbox.desktop").exists()
    missing = run(str(tmp_path / "gone"))
    assert missing.returncode == 2
    assert missing.stderr.count("\n") == 1


def test_macos_and_windows_get_the_version_and_the_kinds_of_files() -> None:
    told = plistlib.loads(plistlib.dumps(facts.mac_plist()))
    assert told["CFBundleShortVersionString"] == __version__
    kinds = {name for kind in told["CFBundleDocumentTypes"] for name in kind["LSItemContentTypes"]}
    (exported,) = told["UTExportedTypeDeclarations"]
    assert exported["UTTypeIdentifier"] in kinds
    assert exported["UTTypeTagSpecification"]["public.filename-extension"] == ["molt"]
    assert ".".join(map(str, facts.version_numbers())) == f"{__version__}.0"
    assert facts.windows_strings()["ProductVersion"] == __version__


def test_the_bill_is_cyclonedx_and_names_every_library_with_its_licence(tmp_path: Path) -> None:
    (tmp_path / "_internal").mkdir()
    (tmp_path / "_internal" / "libfoo.so.1").write_bytes(b"foo")
    (tmp_path / "_internal" / "numpy.libs").mkdir()
    (tmp_path / "_internal" / "numpy.libs" / "libblas.so").write_bytes(b"blas")
    out = tmp_path / "bill.cdx.json"
    bill.write_bill(out, "cpu", tmp_path)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["bomFormat"], told["specVersion"], told["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told["serialNumber"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["metadata"]["timestamp"])
    assert told["metadata"]["component"]["version"] == __version__
    components = told["components"]
    references = [component["bom-ref"] for component in components]
    assert len(set(references)) == len(references)
    (dependency,) = told["dependencies"]
    assert dependency == {"ref": told["metadata"]["component"]["bom-ref"], "dependsOn": references}
    allowed = {"library", "application", "platform", "file", "machine-learning-model"}
    for component in components:
        assert component["type"] in allowed
        assert component["name"]
        if component["type"] == "library":
            assert component["version"] == version(component["name"])
            assert component["purl"] == f"pkg:pypi/{component['name'].lower()}@{component['version']}"
        if component["type"] == "file":
            assert re.fullmatch("[0-9a-f]{64}", component["hashes"][0]["content"])
            continue
        for licence in component["licenses"]:
            assert (
                licence.get("expression")
                or licence["license"].get("name")
                or licence["license"]["id"] in LICENCES_KNOWN
            )
    names = {component["name"] for component in components}
    assert set(facts.libraries("cpu")) | {"CPython", "Starter model", "libfoo.so.1"} <= names
    brought = {each["name"]: each["properties"][0]["value"] for each in components if each["type"] == "file"}
    assert brought == {"libfoo.so.1": "the building system", "numpy.libs/libblas.so": "numpy"}
    first = told["serialNumber"]
    bill.write_bill(out, "cpu", tmp_path)
    assert json.loads(out.read_text(encoding="utf-8"))["serialNumber"] == first


def test_every_library_in_the_build_brings_its_licence_and_stands_in_the_list() -> None:
    brought = {folder.split("/")[0] for folder, _ in facts.licence_files("cpu")}
    assert brought == {*facts.libraries("cpu"), facts.PHOTOS_FROM} - set(LICENCES_OF_OURS)
    for text in LICENCES_OF_OURS.values():
        assert (REPOSITORY / "resources" / "licences" / text).is_file()
    listed = (REPOSITORY / "resources" / "licences" / "libraries.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w-]+) \| ([\w.]+) \|", listed, re.MULTILINE))
    for name in facts.libraries("cpu"):
        assert rows.get(name) == version(name), name


def test_a_variant_needs_its_own_runtime_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    facts.check_runtime("cpu")
    with pytest.raises(SystemExit, match=r"onnxruntime is installed|needs the gpu extra"):
        facts.check_runtime("gpu")
    monkeypatch.setitem(facts.RUNTIMES, "gpu", "numpy")
    with pytest.raises(SystemExit, match="numpy is installed"):
        facts.check_runtime("cpu")


def test_a_build_that_fails_its_check_or_shows_no_window_is_no_build(tmp_path: Path) -> None:
    program = tmp_path / "moltbox"
    program.write_text("#!/bin/sh\necho '{\"ok\": false}'\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(SystemExit, match="the check failed"):
        try_build.check(program)
    with pytest.raises(SystemExit, match="ended with 1 before it was there"):
        try_build.start_s(program, tmp_path / "home")
    lines = ("#!/bin/sh", "cd $XDG_STATE_HOME", "sleep 0.2", "echo 'window shown' >moltbox.log", "exec sleep 30", "")
    program.write_text("\n".join(lines), encoding="utf-8")
    shown_s, worked_s = try_build.start_s(program, tmp_path / "other")
    assert 0.2 <= shown_s < 30
    assert 0 <= worked_s < shown_s + 1
    (tmp_path / "big").write_bytes(b"x" * 3_000_000)
    assert 2.8 < try_build.megabytes(tmp_path) < 3.2
