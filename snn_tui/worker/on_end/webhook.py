"""A webhook: how a run ended is sent to an address, as JSON, once.

The address is a secret, as those of chat services are: whoever knows it may write there. So nothing of it is
written anywhere but scheme and host.
"""

from __future__ import annotations

import base64
import threading
import urllib.parse

import msgspec

from snn_tui import __version__
from snn_tui.errors import UsageError
from snn_tui.runs.ending import Ending
from snn_tui.values.words import printable

TIMEOUT_SECONDS = 10.0
"""How long the whole exchange may take."""


def check(url: str) -> None:
    """Raise UsageError where a URL is none that can be sent to; the error does not repeat it."""
    remedy = "give one that begins with https:// or http:// and has a host"
    try:
        parts = urllib.parse.urlsplit(url)
        port_allowed = parts.port != 0
    except ValueError:
        parts, port_allowed = urllib.parse.urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_allowed:
        raise UsageError("the address is no http or https URL", where="--webhook", remedy=remedy)
    if not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(
            "the address has spaces or other characters that no URL has", where="--webhook", remedy=remedy
        )


def redacted(url: str) -> str:
    """A URL without what is secret: its scheme and host."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{printable(parts.hostname or '', 100)}/..."


def send(url: str, ending: Ending) -> str:
    """Send an ending; what went wrong, empty where nothing did.

    Besides the fields of `Ending` the JSON has `text`, which chat services show.
    """
    body = msgspec.json.encode({"text": ending.line, **msgspec.to_builtins(ending)})
    faults = [f"no answer within {TIMEOUT_SECONDS:g} seconds"]

    def exchange() -> None:
        faults[0] = _post(url, body)

    # In a thread: neither the search for the host's address nor an answer letter by letter has a time limit.
    thread = threading.Thread(target=exchange, daemon=True, name="webhook")
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    return f"the webhook of {redacted(url)} was not reached: {faults[0]}" if faults[0] else ""


def _post(url: str, body: bytes) -> str:
    """Send a body; what went wrong, in words that hold nothing of the URL."""
    import urllib.error
    import urllib.request

    class NoRedirects(urllib.request.HTTPRedirectHandler):
        """Takes a redirect for an error: what was meant for one address is not sent to another."""

        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    parts = urllib.parse.urlsplit(url)
    userinfo, _, host = parts.netloc.rpartition("@")
    headers = {"Content-Type": "application/json", "User-Agent": f"snn-tui/{__version__}"}
    if userinfo:
        credentials = urllib.parse.unquote_to_bytes(userinfo)
        headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    bare = urllib.parse.urlunsplit(parts._replace(netloc=host, fragment=""))
    try:
        request = urllib.request.Request(bare, data=body, headers=headers, method="POST")
        with urllib.request.build_opener(NoRedirects).open(request, timeout=TIMEOUT_SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return f"HTTP status {error.code}"
    except urllib.error.URLError as error:
        reason = error.reason
        words = getattr(reason, "strerror", None) if isinstance(reason, OSError) else None
        return printable(words or type(reason).__name__, 100)
    except Exception as error:  # noqa: BLE001 - its message may hold the URL, so it must not get any further
        return type(error).__name__
