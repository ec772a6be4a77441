"""Downloading from a server on this machine: the whole file, or none and a reason."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from snn_tui.config.build import build
from snn_tui.data import download, registry
from snn_tui.errors import DataError

Arrays = dict[str, np.ndarray]
Told = list[tuple[str, float | None]]


class Server:
    """A server of one file on loopback; `mode` says how it misbehaves."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.mode = "well"
        self.hold = threading.Event()  # set to let a silent answer go
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                """Quiet: the test looks at stderr."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/pneumoniamnist.npz"

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Send the file, or not, as `mode` says."""
        if self.mode == "404":
            request.send_error(404)
            return
        if self.mode == "silent":
            self.hold.wait(10)
            return
        request.send_response(200)
        request.send_header("Content-Length", str(len(self.content)))
        request.end_headers()
        half = len(self.content) // 2 if self.mode == "drops" else len(self.content)
        request.wfile.write(self.content[:half])


@pytest.fixture
def server(
    arrays: Arrays,
    save: Callable[[Arrays], Path],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Server]:
    """A server that medmnist takes for Zenodo; nothing may be printed while it is used."""
    info = pytest.importorskip("medmnist").INFO["pneumoniamnist"]
    arrays["train_images"] = np.random.default_rng(1).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    arrays["train_labels"] = np.arange(300, dtype=np.uint8) % 2
    content = save(arrays).read_bytes()
    made = Server(content)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(info, "url", made.url)
    monkeypatch.setitem(info, "MD5", hashlib.md5(content).hexdigest())
    thread = threading.Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    capfd.readouterr()
    yield made
    made.hold.set()
    made.http.shutdown()
    made.http.server_close()
    thread.join()
    assert capfd.readouterr() == ("", "")


def refusal(home: Path) -> DataError:
    """What the download is refused with, having left nothing behind."""
    with pytest.raises(DataError) as caught:
        download.fetch("pneumoniamnist", "PneumoniaMNIST", lambda what, fraction: None)
    assert "--data" in caught.value.remedy
    assert "--demo" in caught.value.remedy
    assert caught.value.exit_code == 3
    assert list((home / ".medmnist").iterdir()) == []
    return caught.value


def test_the_file_arrives_and_progress_is_told(server: Server, home: Path) -> None:
    told: Told = []
    path = download.fetch(
        "pneumoniamnist", "PneumoniaMNIST", lambda what, fraction: told.append((what, fraction))
    )
    assert path == home / ".medmnist" / "pneumoniamnist.npz"
    assert path.read_bytes() == server.content
    assert list(path.parent.iterdir()) == [path]
    assert {what for what, fraction in told} == {"downloading PneumoniaMNIST"}
    fractions = [fraction for what, fraction in told if fraction is not None]
    assert len(fractions) > 2
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_load_downloads_once_and_then_finds_it(server: Server) -> None:
    first = registry.load(build({}))
    server.mode = "404"
    assert registry.load(build({})).counts() == first.counts()


def test_an_earlier_file_stays_when_a_download_fails(server: Server, home: Path) -> None:
    path = download.fetch("pneumoniamnist", "PneumoniaMNIST")
    server.mode = "drops"
    with pytest.raises(DataError):
        download.fetch("pneumoniamnist", "PneumoniaMNIST")
    assert path.read_bytes() == server.content


def test_a_file_that_is_not_the_official_one_is_not_kept(server: Server, home: Path) -> None:
    server.content = server.content[:-1] + b"!"
    assert "MD5 differs" in refusal(home).what


def test_a_server_that_drops_midway(server: Server, home: Path) -> None:
    server.mode = "drops"
    assert "the connection broke off after 0.1 MB" in refusal(home).what


def test_a_file_that_is_gone(server: Server, home: Path) -> None:
    server.mode = "404"
    error = refusal(home)
    assert error.what == "the server answered 404 Not Found"
    assert error.where == server.url


def test_a_server_that_is_silent(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.mode = "silent"
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    assert "no answer within" in refusal(home).what
    assert socket.getdefaulttimeout() is None


def test_a_connection_refused(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import medmnist

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.npz"
        monkeypatch.setitem(medmnist.INFO["pneumoniamnist"], "url", url)
        assert "connection refused" in refusal(home).what


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, RuntimeError, OSError])
def test_stopping_it_leaves_nothing_behind(
    server: Server, home: Path, interruption: type[BaseException]
) -> None:
    def stop(what: str, fraction: float | None) -> None:
        if fraction is not None:
            raise interruption("stop")

    with pytest.raises(interruption, match="stop"):
        download.fetch("pneumoniamnist", "PneumoniaMNIST", stop)
    assert list((home / ".medmnist").iterdir()) == []


def test_ctrl_c_inside_the_transfer_is_not_taken_for_a_failure(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torchvision.datasets.utils as utils

    def pressed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(utils, "_urlretrieve", pressed)
    with pytest.raises(KeyboardInterrupt):
        download.fetch("pneumoniamnist", "PneumoniaMNIST")
    assert list((home / ".medmnist").iterdir()) == []


def test_a_user_without_a_home(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    monkeypatch.setenv("HOME", "~")  # what it is expanded to where the user has no account
    with pytest.raises(DataError, match="no home folder"):
        registry.load(build({}))
    assert sorted(tmp_path.iterdir()) == before


def test_no_place_to_put_it(server: Server, home: Path) -> None:
    (home / ".medmnist").touch()
    with pytest.raises(DataError, match="file exists") as caught:
        download.fetch("pneumoniamnist", "PneumoniaMNIST")
    assert "--demo" in caught.value.remedy


def test_another_size_is_a_file_of_its_own(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = pytest.importorskip("medmnist").INFO["pneumoniamnist"]
    monkeypatch.setitem(info, "url_64", info["url"])
    monkeypatch.setitem(info, "MD5_64", info["MD5"])
    monkeypatch.setitem(info, "url", "http://127.0.0.1:9/")
    told: Told = []
    path = download.fetch("pneumoniamnist", "PneumoniaMNIST", lambda *step: told.append(step), 64)
    assert path == home / ".medmnist" / "pneumoniamnist_64.npz"
    assert path.read_bytes() == server.content
    assert told[-1] == ("downloading PneumoniaMNIST", 1.0)
    assert list(path.parent.iterdir()) == [path]
    assert registry.at_hand(build({"size": 64}))
    assert not registry.at_hand(build({}))
