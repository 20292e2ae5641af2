"""Files that people write. Prevents: a key that is read twice, a typo that selects a default, a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from launch.inputs import InputError, read_json, read_yaml

ANY = "submission"
LINE = "plugin: lisa\nstate: Draft\n'on': '2026-11-30'\nby: ana\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "the document: None is not of type 'object'"),
        ("[]", "the document: [] is not of type 'object'"),
        ("a: [", "is not YAML"),
        ("a: 1\na: 2\n", "the key 'a' appears twice"),
        ("a: &x [1]\nb: *x\n", "aliases are not accepted here"),
        ("a: !!python/object:os.system x\n", "is not YAML"),
        ("plugin: \x01\n", "is not YAML"),
        (LINE + "more: 1\n", "Additional properties are not allowed ('more' was unexpected)"),
        (LINE.replace("Draft", "Pending"), "state: 'Pending' is not one of"),
        ("? [1, 2]\n: 3\n", "is not YAML"),
        ("[" * 5000, "is not YAML"),
    ],
)
def test_a_wrong_file_is_one_error_with_place_and_remedy(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as raised:
        read_yaml(path, ANY)
    assert complaint in raised.value.what
    assert "file.yaml" in raised.value.where
    assert raised.value.remedy


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("plugin: 1\nstate: Gone\n")
    with pytest.raises(InputError) as raised:
        read_yaml(path, ANY)
    assert raised.value.what.count(";") == 3, raised.value.what


def test_a_day_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(LINE.replace("'2026-11-30'", "2026-11-30"))
    assert read_yaml(path, ANY)["on"] == "2026-11-30"


@pytest.mark.parametrize("make", ["nothing", "folder", "bytes", "large"])
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, make: str) -> None:
    path = tmp_path / "file.yaml"
    if make == "folder":
        path.mkdir()
    elif make == "bytes":
        path.write_bytes(b"\xff\xfe\x00")
    elif make == "large":
        path.write_bytes(b"#" * ((1 << 20) + 1))
    for read in (read_yaml, read_json):
        with pytest.raises(InputError) as raised:
            read(path, ANY)
        assert raised.value.remedy


@pytest.mark.parametrize("content", ["{", '{"a": 1, "a": 2}', "[" * 100_000])
def test_json_is_as_strict(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(InputError, match="is not JSON"):
        read_json(path, ANY)
