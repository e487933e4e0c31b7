"""The command's door: help, errors, and what it hands on."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import __main__ as door
from engine import __version__
from engine.geometry import Box
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

TORCHLESS = """
import sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "timm"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NoTorch())
from trainer.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("verb", [verb for verb in door.VERBS if verb not in ("train", "speed-up")])
def test_each_verb_shows_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        door.main([verb, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "example:" in told
    assert f"moltbox {verb}" in told.split("example:")[1]


def test_train_shows_its_own_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert door.main(["train", "--help"]) == 0
    assert "example:" in capfd.readouterr().out


def test_the_whole_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        door.main(["--help"])
    told = capsys.readouterr().out
    assert all(f"\n    {verb} " in told for verb in door.VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        door.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"moltbox {__version__}"


@pytest.mark.parametrize(
    "words",
    [
        ["propose", "no-such-folder"],
        ["propose", ".", "--threshold", "7"],
        ["export", ".", "--out", "boxes"],
        ["export", ".", "--out", "boxes", "--format", "yolo"],
    ],
)
def test_an_error_is_one_sentence(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert door.main(words) == door.EXIT_ERROR
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("moltbox: ")
    assert captured.err.count("\n") == 1
    assert captured.err.endswith(".\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["photos"], ["open", "photos"]])
def test_a_folder_alone_opens_the_window(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path | None, Path | None]] = []

    def run_window(folder: Path | None, model: Path | None, argv: list[str]) -> int:
        asked.append((folder, model))
        return 7

    monkeypatch.setattr("app.window.run_window", run_window)
    assert door.main([*words, "--model", "mine.molt"]) == 7
    assert asked == [(Path("photos"), Path("mine.molt"))]


def test_without_a_screen_no_window_is_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("app.window.run_window", lambda *_: 7)
    for variable in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert door.main(["photos"]) == door.EXIT_ERROR
    told = capsys.readouterr().err
    assert told == "moltbox: There is no screen to show the window on; `moltbox propose` works without one.\n"


def test_a_model_file_alone_opens_the_window_with_that_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path | None, Path | None]] = []
    monkeypatch.setattr("app.window.run_window", lambda folder, model, _argv: asked.append((folder, model)) or 0)
    model = tmp_path / "mine.molt"
    model.touch()
    folder = tmp_path / "photos.molt"
    folder.mkdir()
    assert door.main(["open", str(model)]) == 0
    assert door.main([str(folder)]) == 0
    assert asked == [(None, model), (folder, None)]


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*, as_json: bool) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.check.run_check", interrupted)
    assert door.main(["check"]) == 130
    assert capsys.readouterr().err == "moltbox: stopped.\n"

    def interrupted_early(_: str) -> None:  # while a verb's imports are made
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "_parser", interrupted_early)
    assert door.main(["check"]) == 130
    assert capsys.readouterr().err == "moltbox: stopped.\n"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_name_that_is_not_text_is_told_escaped(more: list[str], tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.molt")
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    save_photo(folder / "a.png", shape_photo(Box(10, 10, 50, 50), 96, 72))
    words = ["propose", str(folder), "--model", str(model), "--classes", "model", *more]
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run([sys.executable, "-m", "app", *words], capture_output=True, env=strict, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"caf\\udce9-boxes/annotations.coco.json" in done.stdout
    if more:
        assert json.loads(done.stdout)["files"] == [f"{folder}-boxes/annotations.coco.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("words", [["--version"], ["propose", "--help"]])
def test_output_that_nobody_takes_is_a_sentence_or_quiet(words: list[str]) -> None:
    command = [sys.executable, "-m", "app", *words]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=buffered, check=False)
    sentence = "moltbox: Standard output cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (door.EXIT_ERROR, sentence)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=buffered, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (door.EXIT_NOBODY_READS, "")


@pytest.mark.parametrize("place", ["sub-folder", "project", "long name"])
@pytest.mark.parametrize("verb", ["export", "import", "restore", "propose", "evaluate", "calibrate"])
def test_a_place_that_cannot_be_entered_is_one_sentence(
    verb: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if place != "long name" and not hasattr(os, "setresuid"):
        pytest.skip("needs the rights of Linux")
    model = write_tiny_model(tmp_path / "tiny.molt")
    photos = tmp_path / "photos"
    save_photo(photos / "bright" / "a.png", shape_photo(Box(10, 10, 50, 50), 96, 72))
    (photos / ".moltbox").mkdir()
    if place == "sub-folder":
        (photos / "bright").chmod(0o444)
    elif place == "project":
        (photos / ".moltbox").chmod(0)
    else:
        photos = tmp_path / ("x" * 300)
    labels = tmp_path / "labels.csv"
    labels.write_text("image,class\nbright/a.png,bright\n", "utf-8")
    words = {
        "export": ["export", photos, "--out", tmp_path / "boxes"],
        "import": ["import", photos, labels],
        "restore": ["restore", photos],
        "propose": ["propose", photos, "--model", model, "--out", tmp_path / "boxes"],
        "evaluate": ["evaluate", model, photos, "--boxes", labels],
        "calibrate": ["calibrate", model, photos],
    }[verb]
    for parent in (tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o755)
    tmp_path.chmod(0o777)
    # The other user may not be able to read Python itself.
    door._parser("propose")
    codecs.lookup("utf-8-sig")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if as_root:
        os.setresuid(65534, 65534, 0)  # root enters everywhere
    try:
        code = door.main([str(word) for word in words])
    finally:
        if as_root:
            os.setresuid(0, 0, 0)
        for folder in (tmp_path / "photos" / "bright", tmp_path / "photos" / ".moltbox"):
            folder.chmod(0o755)
    told = capsys.readouterr()
    if code != 0:
        assert code == door.EXIT_ERROR
        assert (told.err or told.out).splitlines()[-1].endswith(".")
    assert "Traceback" not in told.err


def test_the_desktop_build_says_that_it_does_not_train(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert door.main(["train", "photos", "--out", "mine.molt"]) == door.EXIT_ERROR
    said = capsys.readouterr().err
    assert "does not carry the trainer" in said
    assert said.rstrip().endswith('[cpu,train,starter]"')


def test_training_without_torch_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "wren").mkdir()
    words = ["train", str(tmp_path), "--out", str(tmp_path / "mine.molt")]
    done = subprocess.run([sys.executable, "-c", TORCHLESS, *words], capture_output=True, text=True, check=False)
    assert done.returncode == door.EXIT_ERROR
    assert "train extra" in done.stderr
    assert done.stderr.count("\n") == 1
