"""What the screens and the inspector process say to each other over its pipes.

A frame is four bytes of length, most significant first, and that many bytes of msgpack. Every request has
a number; its replies carry the same one. A request gets any number of `Working` replies, then exactly one
other.
"""

from __future__ import annotations

import msgspec

from snn_tui.analysis.judgement import Judgement
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import messages
from snn_tui.values.energy import Energy
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace

FRAME_LIMIT = 64 * 1024 * 1024
HEADER_BYTES = 4


class _Message(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    pass


class Open(_Message, frozen=True):
    """Bring a run's network to life; `data` is the file or folder of its x-rays, if not the usual one."""

    run: str
    data: str | None = None


class FetchData(_Message, frozen=True):
    """Download PneumoniaMNIST and use it; answered by `Opened`."""


class Look(_Message, frozen=True):
    """Show the network image `index` of a split, in that draw of the rate coding."""

    split: str
    index: int
    draw: int = 0


class LookAt(_Message, frozen=True):
    """Show the network a picture file of one's own."""

    path: str
    draw: int = 0


class Survey(_Message, frozen=True):
    """The verdicts on every image of a split."""

    split: str


class Spread(_Message, frozen=True):
    """How the verdict on one picture spreads over `draws` draws of the rate coding."""

    what: Look | LookAt
    draws: int


class LookInside(_Message, frozen=True):
    """What the hidden layers do with a picture."""

    what: Look | LookAt


class Cover(_Message, frozen=True):
    """Which places of a picture move its verdict."""

    what: Look | LookAt


class Judge(_Message, frozen=True):
    """What the network says to every image of a split, after every time step.

    Balanced, without the images that the run's own balancing leaves out: as evaluation judges it.
    """

    split: str
    balanced: bool = True


class Redraw(_Message, frozen=True):
    """The verdicts on the same images in another draw of the rate coding."""

    split: str
    draw: int
    balanced: bool = True


class Cost(_Message, frozen=True):
    """What an image costs the network, measured on the first `images` images of a split."""

    split: str
    images: int


class Portraits(_Message, frozen=True):
    """Images of a split, by their positions in it, as PNG files."""

    split: str
    indices: list[int]


class Opened(_Message, frozen=True):
    """A run is ready to be asked about.

    Args:
        name: The run directory's name.
        dataset: Name of the data set the images come from.
        synthetic: Whether they are generated phantoms.
        stand_in: Whether phantoms stand in for real images that were not found.
        notice: What the user should know about the images; empty where nothing.
        sizes: Images by split.
        epoch: The epoch the weights are of.
        coding: How images are coded: only `rate` draws anything.
    """

    name: str
    dataset: str
    synthetic: bool
    stand_in: bool
    notice: str
    sizes: dict[str, int]
    epoch: int
    coding: str = "rate"


class Seen(_Message, frozen=True):
    """Answer to `Look` and `LookAt`; `epoch` is the epoch the weights are of."""

    trace: Trace
    epoch: int


class Surveyed(_Message, frozen=True):
    """Answer to `Survey`: `[N]` true classes and `[N]` decision scores, in the split's order."""

    labels: list[int]
    decisions: list[float]
    epoch: int


class SpreadOut(_Message, frozen=True):
    """Answer to `Spread`: the decision score of each draw."""

    decisions: list[float]


class Inside(_Message, frozen=True):
    """Answer to `LookInside`: the hidden layers, first to last."""

    layers: list[LayerSpikes]


class Covered(_Message, frozen=True):
    """Answer to `Cover`."""

    evidence: Evidence


class Judged(_Message, frozen=True):
    """Answer to `Judge`."""

    judgement: Judgement


class Redrawn(_Message, frozen=True):
    """Answer to `Redraw`: `[N]` decision scores, 64-bit floats, and the epoch the weights are of."""

    decisions: bytes
    epoch: int


class Costed(_Message, frozen=True):
    """Answer to `Cost`, and the epoch the weights are of."""

    energy: Energy
    epoch: int


class Portrayed(_Message, frozen=True):
    """Answer to `Portraits`: a PNG file each."""

    files: list[bytes]


class Working(_Message, frozen=True):
    """A request takes a while; `done` from 0 to 1, None if unknown."""

    what: str
    done: float | None


class Failed(_Message, frozen=True):
    """A request could not be answered, in the parts of `SnnTuiError`; the inspector lives on."""

    what: str
    where: str
    remedy: str

    def error(self) -> SnnTuiError:
        """The same as an error to raise."""
        return SnnTuiError(self.what, where=self.where, remedy=self.remedy)


Question = (
    Open
    | FetchData
    | Look
    | LookAt
    | Survey
    | Spread
    | LookInside
    | Cover
    | Judge
    | Redraw
    | Cost
    | Portraits
    | messages.Question
)
Answer = (
    Opened
    | Seen
    | Surveyed
    | SpreadOut
    | Inside
    | Covered
    | Judged
    | Redrawn
    | Costed
    | Portrayed
    | messages.Answer
    | Working
    | Failed
)


class Request(msgspec.Struct, frozen=True):
    """A numbered question."""

    number: int
    question: Question


class Reply(msgspec.Struct, frozen=True):
    """An answer to the request of that number."""

    number: int
    answer: Answer


_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def frame(message: Request | Reply) -> bytes:
    """A message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def body_length(header: bytes) -> int:
    """Length of the body a header announces.

    Raises:
        ValueError: It is more than any message has, so the stream is not one of frames.
    """
    length = int.from_bytes(header, "big")
    if length > FRAME_LIMIT:
        raise ValueError(f"a frame of {length} bytes")
    return length


def parse_request(body: bytes) -> Request:
    """A request from a frame's body. Raises msgspec.DecodeError."""
    return _request_decoder.decode(body)


def parse_reply(body: bytes) -> Reply:
    """A reply from a frame's body. Raises msgspec.DecodeError."""
    return _reply_decoder.decode(body)
