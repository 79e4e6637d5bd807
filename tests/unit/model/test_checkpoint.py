import os
import shutil

import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.model.checkpoint import digest_of, locate
from endobench.model.service import Service
from open_model.checkpoints import tracks_of, write_checkpoint


def refused(source):
    """Return the one line that refuses to look for a checkpoint."""
    with pytest.raises(InputError) as raised:
        locate(source)
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("huggingface", "run hf auth login or set HF_TOKEN"),
        ("kaggle", "set KAGGLE_API_TOKEN (or KAGGLE_USERNAME and KAGGLE_KEY)"),
    ],
)
def test_without_a_token_nobody_is_asked_at_the_keyboard(package, source, words):
    message = refused(source)
    assert message.startswith(f"weights of {source} need a token; accept the terms at ")
    assert words in message
    # Tracks are listed first, so that this ends a run at its start.
    with pytest.raises(InputError, match="need a token"):
        tracks_of(Service("weights", source))


@pytest.mark.parametrize("source", ["huggingface", "kaggle"])
def test_a_refused_token_is_told_without_showing_it(package, monkeypatch, source):
    for name in ("HF_TOKEN", "KAGGLE_API_TOKEN"):
        monkeypatch.setenv(name, "hidden-words")
    message = refused(source)
    assert f"cannot be downloaded from {source}: " in message
    assert "accept the terms at" in message
    assert "hidden-words" not in message


def test_a_copy_on_this_machine_needs_no_token_if_the_hub_is_offline(
    package, monkeypatch
):
    write_checkpoint(package / "google/alphagenome-all-folds")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert locate("huggingface").name == "alphagenome-all-folds"


def test_a_wrong_folder_is_named(tmp_path):
    write_checkpoint(tmp_path / "models/fold_0")
    (tmp_path / "empty/.cache").mkdir(parents=True)
    (tmp_path / "empty/.cache/notes").touch()
    for name, words in (
        ("nothing", "does not exist"),
        ("models/fold_0/_METADATA", "is not a folder"),
        ("empty", "is empty"),
        ("models", f"is no checkpoint, but {tmp_path / 'models/fold_0'} is"),
    ):
        message = refused(str(tmp_path / name))
        assert f"{tmp_path / name} {words}" in message
        assert "weights" in message


def test_two_checkpoints_in_folders_of_one_name_are_two_models(package, tmp_path):
    names = {}
    for scale in (1.5, 2.5):
        folder = write_checkpoint(tmp_path / f"{scale}" / "checkpoint", scale)
        [names[scale]] = set(tracks_of(Service("weights", str(folder)))["model"])
    assert len(set(names.values())) == 2
    assert all(name.startswith("weights/default/") for name in names.values())
    [named] = set(
        tracks_of(Service("weights", str(folder), model_name="mine"))["model"]
    )
    assert named == names[2.5].replace("weights/", "weights/mine/")


def test_a_checkpoint_that_moves_remains_the_same_model(package, tmp_path, monkeypatch):
    here = write_checkpoint(tmp_path / "here")
    there = shutil.copytree(here, tmp_path / "there/of_another_name")
    assert digest_of(here) == digest_of(there)
    before = tracks_of(Service("weights", str(here)))
    pd.testing.assert_frame_equal(tracks_of(Service("weights", str(there))), before)
    # A hub keeps its files elsewhere and links to them, with a page of its own.
    hub = package / "google/alphagenome-all-folds"
    (hub / "d").mkdir(parents=True)
    for path in ("_METADATA", "d/scale.json"):
        (hub / path).symlink_to(here / path)
    (hub / "README.md").write_text("of the hub")
    (hub / ".gitattributes").write_text("of the hub")
    monkeypatch.setenv("HF_TOKEN", "hidden-words")
    pd.testing.assert_frame_equal(tracks_of(Service("weights", "huggingface")), before)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("a\0b", "null byte"),
        ("~nobody-of-this-name/x", "home directory"),
        ("x" * 5_000, "name too long"),
    ],
)
def test_a_name_that_no_folder_can_have_is_refused_in_one_line(source, words):
    message = refused(source)
    assert words in message and message.startswith("key 'weights': ")
    assert len(message) < 400 and "\n" not in message


@pytest.mark.parametrize("broken", ["link", "pipe"])
def test_a_checkpoint_with_a_file_that_cannot_be_read_is_not_complete(tmp_path, broken):
    folder = write_checkpoint(tmp_path / "mine")
    if broken == "link":
        (folder / "d/more").symlink_to("nowhere")
    else:
        os.mkfifo(folder / "d/more")
    message = refused(str(folder))
    assert "d/more cannot be read" in message and "download it again" in message


def test_links_do_not_change_what_a_checkpoint_is(tmp_path):
    folder = write_checkpoint(tmp_path / "mine")
    before = digest_of(folder)
    (tmp_path / "link").symlink_to(folder)
    assert digest_of(locate(str(tmp_path / "link"))) == before
    # One that leads back is not followed for ever.
    (folder / "d/back").symlink_to(folder)
    assert digest_of(folder) == before


@pytest.mark.parametrize("token", ["two words", "two\nlines", "caf\u00e9"])
@pytest.mark.parametrize("source", ["huggingface", "kaggle"])
def test_a_token_that_no_request_can_carry_is_said(package, monkeypatch, source, token):
    for name in ("HF_TOKEN", "KAGGLE_API_TOKEN"):
        monkeypatch.setenv(name, token)
    message = refused(source)
    assert "must be one word of printable ASCII" in message
    assert token not in message


@pytest.mark.parametrize("change", ["byte", "name", "file"])
def test_every_byte_of_a_checkpoint_counts(tmp_path, change):
    folder = write_checkpoint(tmp_path / "mine")
    path = folder / "d/part"
    path.write_bytes(bytes(1_000_000))
    before, times = digest_of(folder), path.stat()
    if change == "byte":
        path.write_bytes(bytes(500_000) + b"1" + bytes(499_999))
        # As after a copy that keeps the times.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif change == "name":
        path.rename(path.with_name("other"))
    else:
        (folder / "d/more").touch()
    assert digest_of(folder) != before
