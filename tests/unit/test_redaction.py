from endobench import redaction
from endobench.client import read_key


def test_a_key_that_was_read_is_left_out_of_every_text(monkeypatch):
    monkeypatch.setattr(redaction, "_secrets", set())
    assert redaction.redacted("about s3cret") == "about s3cret"
    read_key({"ALPHAGENOME_API_KEY": "s3cret"})
    assert redaction.redacted("api_key:s3cret, s3cret") == (
        "api_key:[API key], [API key]"
    )


def test_a_text_without_it_stays(monkeypatch):
    monkeypatch.setattr(redaction, "_secrets", {"s3cret"})
    assert redaction.redacted("nothing in here") == "nothing in here"
