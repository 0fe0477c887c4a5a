"""A job while it runs: its progress, its end before the end, and everything that can happen to the connection."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, Route, expect
from steps import finished, give, job, planned, split
from studio_server import Studio

Open = Callable[..., Page]


def test_each_layer_has_its_own_progress(opened: Open, slow: Studio) -> None:
    """By name, one after the other, and the page says so to screen readers."""
    page = opened(slow)
    planned(page, slow)
    split(page)
    expect(page.locator(".run-layer")).to_have_count(4)
    first, last = page.locator(".run-layer").first, page.locator(".run-layer").last
    expect(first).to_have_attribute("data-state", "done", timeout=180_000)
    expect(last).not_to_have_attribute("data-state", "done")
    name = first.locator(".run-name").inner_text()
    expect(first.get_by_role("progressbar", name=name)).to_have_attribute("value", "1")
    expect(page.locator("#announcer")).to_contain_text("is done, ")
    finished(page)


def test_layers_are_seen_as_they_are_made(opened: Open, slow: Studio) -> None:
    """While others are still cut: each as a picture of its own, lifted from its place."""
    page = opened(slow)
    planned(page, slow)
    split(page)
    first = page.locator(".mark-made").first
    expect(first).to_be_visible(timeout=180_000)
    assert page.locator("stack-view").count() == 0
    # All at once: with the next layer the marks are drawn anew, and the picture is another element.
    size_and_middle = """async image => {
      await image.decode();
      const copy = new OffscreenCanvas(1, 1).getContext('2d');
      copy.drawImage(image, -48, -60);
      return [image.naturalWidth, image.naturalHeight, copy.getImageData(0, 0, 1, 1).data[3]];
    }"""
    assert first.evaluate(size_and_middle) == [96, 120, 255]
    finished(page)
    assert httpx.get(f"{slow.url}v1/jobs/{page.url.rpartition('/')[2]}/made", timeout=30).json() == {"made": []}


def test_a_job_is_cancelled_and_costs_nothing(opened: Open, slow: Studio) -> None:
    """Its work stops, and the way back to the picture is there."""
    page = opened(slow)
    planned(page, slow)
    job_id = split(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    assert job(slow, job_id)["status"] == "canceled"
    assert job(slow, job_id)["billing"]["cuCost"] == 0
    page.get_by_role("link", name="Back to the picture").click()
    expect(page.get_by_label("What shall come off?")).to_have_value("every box")


def test_a_reload_in_mid_job_finds_the_job_again(opened: Open, slow: Studio) -> None:
    """Its id is in the address."""
    page = opened(slow)
    planned(page, slow)
    split(page)
    expect(page.locator(".run-layer")).to_have_count(4)
    page.reload()
    expect(page.locator(".run-layer")).to_have_count(4)
    finished(page)


def test_a_server_that_dies_in_mid_job_and_comes_back_is_found_again(
    opened: Open, start: Callable[..., Studio], complaints: list[str]
) -> None:
    """The page says that the connection is lost, the job goes on where it was, and its stack is shown."""
    studio = start(pause=3.0)
    page = opened(studio)
    planned(page, studio)
    split(page)
    expect(page.locator(".run-layer").first).to_have_attribute("data-state", "done", timeout=180_000)
    studio.kill()
    expect(page.get_by_text("The connection is lost")).to_be_visible()
    studio.start()
    expect(page.get_by_text("The connection is lost")).to_be_hidden()
    finished(page)
    assert all(re.search("ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|network error", one) for one in complaints)
    complaints.clear()


def test_where_streams_do_not_come_through_the_job_is_asked_for_instead(
    opened: Open, slow: Studio, complaints: list[str]
) -> None:
    """As behind a proxy that swallows them."""
    page = opened(slow)
    page.route("**/events", lambda route: route.abort())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    planned(page, slow)
    job_id = split(page)
    finished(page)
    assert sum(url.endswith(f"/v1/jobs/{job_id}") for url in asked) > 2
    assert all("events" in one for one in complaints)
    complaints.clear()


def test_a_network_that_is_away_for_a_while_is_waited_for(opened: Open, slow: Studio, complaints: list[str]) -> None:
    """Nothing gets through, and then everything does."""
    page = opened(slow)
    planned(page, slow)
    page.route("**/v1/jobs/**", lambda route: route.abort("internetdisconnected"))
    split(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_timeout(1500)
    page.unroute("**/v1/jobs/**")
    finished(page)
    assert all("ERR_INTERNET_DISCONNECTED" in one for one in complaints)
    complaints.clear()


def test_two_tabs_work_at_once(opened: Open, slow: Studio) -> None:
    """Each has its own job, and one tab may follow the other's."""
    one = opened(slow)
    planned(one, slow)
    two = opened(slow, like=one)
    planned(two, slow, "every single box")
    third = opened(slow, like=one)  # open before the job begins, which lasts some seconds only
    first = split(one)
    third.goto(f"{slow.url}#/job/{first}")
    expect(third.locator(".run-layer")).to_have_count(4)
    second = split(two)
    assert first != second
    for page in (one, two, third):
        finished(page)
    assert {job(slow, one)["status"] for one in (first, second)} == {"success"}


def test_the_same_click_twice_makes_one_job(opened: Open, studio: Studio) -> None:
    """The request has a key of its own."""
    page = opened(studio)
    planned(page, studio)
    sent: list[str] = []

    def twice(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        headers = {name: value for name, value in route.request.headers.items() if name != "content-length"}
        first = httpx.post(route.request.url, headers=headers, content=route.request.post_data, timeout=30).json()
        answer = route.fetch()
        assert answer.json()["job"]["jobId"] == first["job"]["jobId"]
        route.fulfill(response=answer)

    page.route("**/generate/custom/*", twice)
    split(page)
    assert len(sent) == 1


def test_a_file_that_is_no_picture_is_refused_with_a_sentence(
    opened: Open, studio: Studio, complaints: list[str]
) -> None:
    """Which names the file; another one can be chosen at once."""
    page = opened(studio)
    give(page, b"%PDF-1.7 not a picture", "notes.pdf", "application/pdf")
    expect(page.get_by_role("alert")).to_contain_text("notes.pdf cannot be used.")
    give(page)
    expect(page.get_by_label("What shall come off?")).to_be_visible()
    complaints.clear()


def test_a_job_that_is_not_there_is_told(opened: Open, studio: Studio, complaints: list[str]) -> None:
    """With a way on."""
    page = opened(studio, "#/job/job_111111111111111111111111")
    expect(page.get_by_role("heading", name="This job is not here")).to_be_visible()
    expect(page.get_by_role("link", name="New picture")).to_be_visible()
    assert all("404" in one for one in complaints)
    complaints.clear()
