"""Frames on the pipes between the screens and the inspector process.

A frame is four bytes of length, most significant first, and that many bytes of msgpack. Every request has
a number; its replies carry the same one. A request gets any number of `Working` replies, then exactly one
other; none, if the next request comes while it is at work: then nobody waits for it. `Cancel` gets none.
"""

from __future__ import annotations

import msgspec

from snn_tui.inspector.data_messages import (
    AuditData,
    AuditedPictures,
    AuditResult,
    DataFacts,
    DescribeData,
    EncodedImage,
    EncodeImage,
    LoadAudited,
    LoadedImages,
    LoadImages,
)
from snn_tui.inspector.messages import Cancel, Failed, Working
from snn_tui.inspector.model_messages import Activity, DescribeModel, MeasureActivity, ModelFacts
from snn_tui.inspector.run_messages import (
    DrawPredictions,
    EarlyExitResult,
    EnergyResult,
    ExitResult,
    ExportImages,
    HiddenLayers,
    JudgementResult,
    JudgeSplit,
    MeasureEarlyExit,
    MeasureEnergy,
    MeasureExit,
    OccludeImage,
    OcclusionResult,
    OpenRun,
    PngFiles,
    PredictDraws,
    PredictSplit,
    RecordLayers,
    RedrawResult,
    RedrawSplit,
    RunFacts,
    SplitPredictions,
    TraceImage,
    TraceResult,
)

FRAME_LIMIT = 64 * 1024 * 1024
HEADER_BYTES = 4

DataQuestion = DescribeData | LoadImages | EncodeImage | AuditData | LoadAudited
RunQuestion = (
    TraceImage
    | PredictDraws
    | RecordLayers
    | OccludeImage
    | PredictSplit
    | JudgeSplit
    | RedrawSplit
    | MeasureEnergy
    | MeasureExit
    | MeasureEarlyExit
    | ExportImages
    | MeasureActivity
)
AnyQuestion = OpenRun | RunQuestion | DescribeModel | DataQuestion | Cancel
AnyAnswer = (
    RunFacts
    | TraceResult
    | DrawPredictions
    | HiddenLayers
    | OcclusionResult
    | SplitPredictions
    | JudgementResult
    | RedrawResult
    | EnergyResult
    | ExitResult
    | EarlyExitResult
    | PngFiles
    | Activity
    | ModelFacts
    | DataFacts
    | LoadedImages
    | EncodedImage
    | AuditResult
    | AuditedPictures
)


class Request(msgspec.Struct, frozen=True):
    """A numbered question."""

    number: int
    question: AnyQuestion


class Reply(msgspec.Struct, frozen=True):
    """A reply to the request of that number."""

    number: int
    answer: AnyAnswer | Working | Failed


_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def frame(message: Request | Reply) -> bytearray:
    """A message with its length before it."""
    framed = bytearray(HEADER_BYTES)
    _encoder.encode_into(message, framed, HEADER_BYTES)  # a judged split is large enough not to be copied
    framed[:HEADER_BYTES] = (len(framed) - HEADER_BYTES).to_bytes(HEADER_BYTES, "big")
    return framed


def reply_frame(number: int, answer: AnyAnswer | Working | Failed) -> bytearray:
    """The frame of a reply; one that is larger than frames may be says so in place of the answer."""
    framed = frame(Reply(number, answer))
    if len(framed) - HEADER_BYTES <= FRAME_LIMIT:
        return framed
    return frame(Reply(number, too_large(len(framed) - HEADER_BYTES)))


def too_large(size: int) -> Failed:
    """The refusal of an answer of so many bytes, see `FRAME_LIMIT`."""
    return Failed(
        f"the answer has {size / 1e6:,.0f} MB, and the screens take {FRAME_LIMIT / 1e6:,.0f} MB at most",
        "",
        "judge a split with fewer images, or a run with fewer steps; snn-tui evaluate has no such limit",
    )


def body_length(header: bytes) -> int:
    """Length in bytes of the body that a header announces.

    Raises:
        ValueError: The length is above `FRAME_LIMIT`, so the stream does not consist of frames.
    """
    length = int.from_bytes(header, "big")
    if length > FRAME_LIMIT:
        raise ValueError(f"a frame of {length} bytes")
    return length


def parse_request(body: bytes | bytearray) -> Request:
    """A request from a frame's body.

    Raises:
        msgspec.DecodeError: The body is not a request.
    """
    return _request_decoder.decode(body)


def parse_reply(body: bytes | bytearray) -> Reply:
    """A reply from a frame's body.

    Raises:
        msgspec.DecodeError: The body is not a reply.
    """
    return _reply_decoder.decode(body)
