"""What is malformed is refused with a sentence, and nothing of it stays."""

from __future__ import annotations

import base64
import contextlib
import io
import random
from collections.abc import Iterator

import httpx
import pytest
from installation import Installation
from PIL import Image
from scenario_sdk import Scenario
from test_contract import MODEL, upload

from conftest import drawn, png

WHOLE = png(drawn())


def _pictures() -> Iterator[bytes]:
    """220 files that are no whole pictures: cut short, damaged, of other formats, too large."""
    rng = random.Random(3)
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "AVIF"):
        file = io.BytesIO()
        drawn().save(file, kind)
        content = file.getvalue()
        for _ in range(15):
            yield content[: rng.randrange(1, len(content) * 2 // 3)]
        for _ in range(15):
            yield rng.randbytes(rng.randrange(1, 12)) + content[rng.randrange(4, 16) :]
    for start in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 ", b"II*\0", b"BM"):
        for _ in range(8):
            yield start + rng.randbytes(rng.randrange(1, 200))
    for text in ("<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "PK\3\4", "<html>", "{}", "ftypheic", "8BPS"):
        yield text.encode()
    large = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(large, "PNG")
    for _ in range(13):
        yield large.getvalue()


WRONG: dict[str, list[object]] = {
    "image": [None, 5, [], {}, True, "", " ", "!!!!", "data:image/png;base64,", "data:text/html;base64,PGI+", "é", "A"],
    "name": [None, 5, [], {}, "x" * 301, "a\0b", "\ud800", ""],
    "parentId": [5, [], "../../etc/passwd", "asset_unknown", "a b", "x" * 65, "\0"],
    "collectionIds": [5, "x", [5], ["a/b"], ["x"] * 51],
    "hide": [5, "yes", []],
}


def _bodies() -> Iterator[object]:
    """Bodies that are no uploads."""
    good = {"name": "x", "image": base64.b64encode(WHOLE).decode()}
    yield from (None, [], "text", 5, True, {}, {"name": "x"}, {"image": good["image"]})
    for field, values in WRONG.items():
        for value in values:
            yield {**good, field: value}


def test_300_malformed_uploads_are_all_refused_with_a_sentence_and_leave_nothing(
    service: Installation, http: httpx.Client
) -> None:
    """All 4xx, no asset, no byte in the store."""
    before = _stored(service)
    bodies: list[object] = [{"name": "x", "image": base64.b64encode(one).decode()} for one in _pictures()]
    bodies += list(_bodies())
    raw = [b"", b"{", b"\xff\xfe", b'{"name": "x", "image": "', b"[" * 5000, b"name=x&image=y", b"nul", b'{"a":NaN}']
    assert len(bodies) + len(raw) >= 300
    import json

    for content in [*(json.dumps(body).encode() for body in bodies), *raw]:
        answer = http.post("/assets", content=content, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (content[:200], answer.text)
        assert len(answer.json()["reason"]) > 15
    assert http.get("/assets").json() == {"assets": []}
    assert _stored(service) == before


def _stored(service: Installation) -> int:
    folder = service.folder / "data" / "blobs"
    return sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0


def test_a_body_that_is_too_long_is_413(service: Installation, http: httpx.Client) -> None:
    """With a length or without."""
    large = b'{"name": "x", "image": "' + b"A" * 13_000_000 + b'"}'
    assert http.post("/assets", content=large).status_code == 413

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 1 << 20):
            yield large[start : start + (1 << 20)]

    # The server may hang up before everything is sent.
    with contextlib.suppress(httpx.TransportError):
        assert http.post("/assets", content=pieces()).status_code == 413


def test_an_upright_size_is_reported_for_a_turned_photo(sdk: Scenario) -> None:
    """The EXIF orientation is applied before anything is said."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn().save(file, "JPEG", exif=exif)
    properties = sdk.assets.retrieve(upload(sdk, file.getvalue())).asset.properties
    assert (properties.width, properties.height) == (40, 120)


@pytest.mark.parametrize(
    "path", ["/assets/..%2f..%2fetc%2fpasswd", "/jobs/%00", "/uploads/a%20b", "/assets/%F0%9F%8D%8E"]
)
def test_ids_that_are_none_are_404(http: httpx.Client, path: str) -> None:
    """Whatever is in them, it never reaches the store."""
    assert http.get(path).status_code == 404


def test_answers_carry_security_headers_and_no_cors(http: httpx.Client) -> None:
    """Closed unless the operator opens it."""
    answer = http.get("/jobs", headers={"Origin": "https://evil.example"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in answer.headers


def test_no_secret_is_in_any_log_line(service: Installation, key: tuple[str, str], sdk: Scenario) -> None:
    """Neither the key's secret nor a link's signature."""
    asset = sdk.assets.retrieve(upload(sdk)).asset
    httpx.get(asset.url)
    httpx.get(f"{service.url}/v1/jobs", headers={"Authorization": f"Basic {key[1]}"})
    log = service.log.read_text(encoding="utf-8")
    assert f"/assets-transform/{asset.id}" in log
    assert key[1] not in log
    assert asset.url.rpartition("Signature=")[2] not in log


def test_a_key_that_asks_too_often_is_told_to_wait() -> None:
    """A bucket a key, filled over a minute."""
    from delaminate.server.accounts.limits import RequestRate
    from delaminate.server.errors import TooMany

    rate = RequestRate(3)
    for _ in range(3):
        rate.check("one")
    rate.check("other")
    with pytest.raises(TooMany) as caught:
        rate.check("one")
    assert caught.value.seconds == 20


def test_strict_models_refuse_what_is_not_configured() -> None:
    """The setting DELAMINATE_STRICT_MODELS."""
    from delaminate.server.catalogue import chosen_inpaint_model
    from delaminate.server.errors import InvalidInput

    assert chosen_inpaint_model("content-aware", ("content-aware",), "content-aware", strict=True)[1] == ""
    with pytest.raises(InvalidInput, match="gpt-image-2 is not configured"):
        chosen_inpaint_model("gpt-image-2", ("content-aware",), "content-aware", strict=True)


def test_unknown_models_are_refused_in_the_generate_path(http: httpx.Client) -> None:
    """404 whatever the body; and dryRun takes only its words."""
    body = {"image": "asset_x", "separationInstruction": "y"}
    assert http.post("/generate/custom/model_x", json=body).status_code == 404
    assert http.post(f"/generate/custom/{MODEL}?dryRun=maybe", json=body).status_code == 400
