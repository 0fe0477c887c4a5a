"""How the page is served, and that a studio without keys answers only its own page and programs on this machine."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from studio_server import Studio

from delaminate.server.api.studio import FOLDER, MEDIA_TYPES, content_policy, edition_of

PAGE = (FOLDER / "index.html").read_text(encoding="utf-8")
FILES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file())
EDITION = edition_of({file: (FOLDER / file).read_bytes() for file in FILES})


@pytest.fixture
def http(studio: Studio) -> Iterator[httpx.Client]:
    """A program on this machine, which sends no Origin."""
    with httpx.Client(base_url=studio.url, timeout=60) as client:
        yield client


def test_the_page_comes_with_a_strict_policy(http: httpx.Client) -> None:
    """Nothing of other origins, nothing inline, no frames, and no text that becomes markup."""
    answer = http.get("/")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert (policy["frame-ancestors"], policy["object-src"], policy["trusted-types"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_links_of_another_origin_are_allowed_as_pictures_and_for_uploads() -> None:
    """Where links start with DELAMINATE_PUBLIC_URL, and only that origin."""
    policy = content_policy("https://layers.example.org/deep/path")
    assert "img-src 'self' blob: data: https://layers.example.org;" in policy
    assert "connect-src 'self' https://layers.example.org;" in policy


@pytest.mark.parametrize("file", FILES)
def test_every_file_has_its_own_media_type(http: httpx.Client, file: str) -> None:
    """With nosniff, a script of another type does not run."""
    answer = http.get("/" if file == "index.html" else f"/studio/{EDITION}/{file}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPES[Path(file).suffix])
    kept = "no-cache" if file == "index.html" else "public, max-age=31536000, immutable"
    assert answer.headers["cache-control"] == kept


def test_a_page_the_browser_has_is_not_sent_again(http: httpx.Client) -> None:
    """It asks with the entity tag and hears 304."""
    tag = http.get("/").headers["etag"]
    assert http.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_names_files_of_its_own_edition(http: httpx.Client) -> None:
    """Which a browser keeps until any of them changes; those of another edition are not there."""
    page = http.get("/").text
    named = set(re.findall(r'(?:src|href)="studio/([^"]+)"', page))
    assert len(named) > 8
    assert {path.split("/")[0] for path in named} == {EDITION}
    assert http.get(f"/studio/{'0' * 12}/js/app.js").status_code == 404
    assert len({edition_of(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})}) == 4


@pytest.mark.parametrize(
    "path",
    ["/studio/", "/studio/js/app.js", *(f"/studio/{EDITION}/{tail}" for tail in ("", "x.js", "js", "%2e%2e/app.py"))],
)
def test_nothing_but_the_pages_files_is_served(http: httpx.Client, path: str) -> None:
    """No folder lists itself, no path leads out."""
    assert http.get(path).status_code == 404


def test_no_markup_is_made_of_text_and_only_one_module_talks_to_the_network() -> None:
    """What the policy forbids at run time is not written either."""
    scripts = {file: (FOLDER / file).read_text(encoding="utf-8") for file in FILES if file.endswith(".js")}
    for file, text in scripts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), file
        if file != "js/api.js":
            assert not re.search(r"\bfetch\(|EventSource|XMLHttpRequest|sendBeacon|WebSocket", text), file
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", PAGE)


def test_every_file_is_package_data() -> None:
    """So that a wheel has the whole page."""
    project = tomllib.loads((FOLDER.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["delaminate"]
    packed = {file for pattern in patterns for file in FOLDER.parent.glob(pattern)}
    assert {FOLDER / file for file in FILES} <= packed


# ------------------------------------------------------------------------------------------------------ without keys


def test_a_program_on_this_machine_needs_no_key(http: httpx.Client) -> None:
    """The official clients do, a curl too."""
    assert http.get("/v1/jobs").json() == {"jobs": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
    ],
)
def test_other_sites_and_other_names_are_refused(http: httpx.Client, studio: Studio, headers: dict[str, str]) -> None:
    """Rebound host names, other origins on this machine too, and whatever came through a proxy."""
    sent = {name: value.format(port=studio.port) for name, value in headers.items()}
    for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/uploads"), ("GET", f"/studio/{EDITION}/js/app.js")):
        answer = http.request(method, path, headers=sent)
        assert answer.status_code == 403
        assert answer.json()["code"] == "FORBIDDEN"


def test_its_own_page_may_call(http: httpx.Client, studio: Studio) -> None:
    """By either name of this machine."""
    own = {"Origin": studio.url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert http.get("/v1/jobs", headers=own).status_code == 200
    assert http.get("/v1/jobs", headers={"Host": f"localhost:{studio.port}"}).status_code == 200


def test_a_link_on_another_page_may_open_the_studio_and_nothing_else(http: httpx.Client) -> None:
    """Opening a page gives that other page nothing."""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert http.get("/", headers=followed).status_code == 200
    assert http.get("/v1/jobs", headers=followed).status_code == 403


def test_it_listens_on_loopback_only_and_says_where(tmp_path: Path) -> None:
    """The command, its address, its folder, and its end with Ctrl+C."""
    command = [str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen([*command, "--data", str(tmp_path / "data")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(3)]
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", said[0])
        assert address is not None
        assert str(tmp_path / "data") in said[1]
        assert httpx.get(address[0], timeout=60).status_code == 200
        assert _listens_on(int(address[1])) == {"0100007F"}
        process.send_signal(signal.SIGINT)
        process.wait(60)
    finally:
        process.kill()


def _listens_on(port: int) -> set[str]:
    """The addresses, as Linux writes them, on which anybody listens at a port; 00000000 would be all of them."""
    lines = [
        line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]
    ]
    places = [fields[1].split(":") for fields in lines if fields[3] == "0A"]
    return {address for address, at in places if int(at, 16) == port}


def test_a_port_that_is_taken_is_told(studio: Studio) -> None:
    """A sentence, not a traceback."""
    command = [str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser", "--port", str(studio.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"delaminate: port {studio.port} cannot be listened on")
