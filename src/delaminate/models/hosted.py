"""Asking a model over an OpenAI-compatible endpoint: one client, and one sentence for every way it can go wrong."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from delaminate.contracts import Tick
from delaminate.errors import StageFailed
from delaminate.models.servers import LONGEST_PAUSE, Server, jittered, wait

if TYPE_CHECKING:
    import openai

T = TypeVar("T")

_BUSY = {429, 500, 502, 503, 504, 529}
_REFUSED = {"moderation_blocked", "content_policy_violation", "content_filter", "safety_violation"}


class NotAccepted(StageFailed):
    """The provider does not take a request of this form."""


def offline() -> bool:
    """Whether `DELAMINATE_OFFLINE` forbids touching the network."""
    return os.environ.get("DELAMINATE_OFFLINE", "").lower() not in {"", "0", "false", "no"}


def host(url: str) -> str:
    """The machine an endpoint is on, for messages; without a URL it is OpenAI's."""
    return urlsplit(url).netloc.rpartition("@")[2] or "api.openai.com"


def is_local(url: str) -> bool:
    """Whether an address is on this very machine."""
    return (urlsplit(url).hostname or "") in {"localhost", "127.0.0.1", "::1"}


def missing(url: str, key: str) -> str:
    """One sentence that says what to install or set before an endpoint can be asked; empty when nothing is missing.

    Parameters
    ----------
    url : of the endpoint; empty for OpenAI's own. One on this very machine needs no key.
    """
    if importlib.util.find_spec("openai") is None:
        return "install the extra for hosted models: pip install 'delaminate[hosted]'"
    if offline() and not is_local(url):
        return "DELAMINATE_OFFLINE is set, so nothing is asked over the network; unset it to use hosted models"
    if not key and not is_local(url):
        return "set OPENAI_API_KEY to the key of your account"
    return ""


def client(url: str, key: str, timeout: float) -> openai.OpenAI:
    """A client for an endpoint; it never tries again by itself, `ask` does.

    Parameters
    ----------
    timeout : seconds one request may take.

    Raises
    ------
    StageFailed
        If something is missing.
    """
    lacking = missing(url, key)
    if lacking:
        raise StageFailed(lacking)
    import openai

    # A local endpoint wants no key, the client wants one.
    return openai.OpenAI(api_key=key or "none", base_url=url or None, timeout=timeout, max_retries=0)


def ask(call: Callable[[], T], who: str, server: Server, tick: Tick, tries: int = 3, pause: float = 2.0) -> T:
    """Make a request and turn its failure into one sentence.

    A provider that is busy or broken is asked again, for it has charged nothing. After a timeout it is not: the answer
    may be on its way and paid for.

    Parameters
    ----------
    call : makes the request with a client from `client`.
    who : the name of the model, for messages.
    server : where it runs; it is left alone for a while when it failed several times in a row.
    tick : called while waiting; it may raise `Cancelled`.
    tries : how often to ask at most.
    pause : the most seconds before the second try, doubled for each further one; the provider's own proposal goes
        first, and a random share of the pause comes on top.

    Raises
    ------
    StageFailed
        With what happened and what to do.
    """
    import openai

    for left in range(tries - 1, -1, -1):
        server.check()
        started = time.monotonic()
        try:
            answer = call()
        except openai.APITimeoutError as error:
            server.failed()
            raise StageFailed(
                f"{who} did not answer in time; it may have worked, and charged, all the same, "
                "so it was not asked again: try later, or with a smaller picture"
            ) from error
        except openai.APIStatusError as error:
            if error.status_code in _BUSY:
                server.failed()
            if left == 0 or error.status_code not in _BUSY or error.code == "insufficient_quota":
                kind = NotAccepted if _is_form(error) else StageFailed
                raise kind(_sentence(error, who)) from error
            wait(_proposed(error) + jittered(pause), tick)
        except openai.APIConnectionError as error:
            server.failed()
            raise StageFailed(f"{who} cannot be reached; check the network and the address of the endpoint") from error
        except openai.OpenAIError as error:
            server.failed()
            raise StageFailed(f"{who} gave an answer that cannot be read: {error}") from error
        except ValueError as error:  # what the client lets through when a body is no JSON
            server.failed()
            raise StageFailed(f"{who} gave an answer that cannot be read; check the address of the endpoint") from error
        else:
            server.answered(time.monotonic() - started)
            return answer
        pause *= 2
    raise AssertionError("unreachable")


def _is_form(error: openai.APIStatusError) -> bool:
    """Whether it is the request's form that is refused, rather than what it asks."""
    return error.status_code in {400, 422} and error.code not in _REFUSED


def _sentence(error: openai.APIStatusError, who: str) -> str:
    """What an error status means for the user."""
    said = (error.body or {}).get("message", "") if isinstance(error.body, dict) else ""
    said = f" ({said.rstrip('.')})" if said else ""
    if error.code in _REFUSED:
        return f"{who} refused this picture or prompt{said}; change the prompt, or take another model"
    if error.code == "insufficient_quota":
        return f"the account has no credit left for {who}{said}; top it up, or take another model"
    match error.status_code:
        case 401 | 403:
            return f"{who} does not accept the key{said}; check OPENAI_API_KEY and the rights of the account"
        case 404:
            return f"{who} is not known at this endpoint{said}; check the model's name and the address"
        case 429:
            return f"{who} is asked too often{said}; wait a minute and try again"
        case status if status >= 500:
            return f"{who} is out of order at the moment (status {status}); try again later"
        case status:
            return f"{who} did not accept the request (status {status}){said}"


def _proposed(error: openai.APIStatusError) -> float:
    try:
        return min(max(0.0, float(error.response.headers["retry-after"])), LONGEST_PAUSE)
    except (KeyError, ValueError):
        return 0.0
