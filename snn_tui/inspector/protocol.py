"""Frames on the pipes between the screens and the inspector process.

A frame is four bytes of length, most significant first, and that many bytes of msgpack. Every request has
a number; its replies carry the same one. A request gets any number of `Working` replies, then exactly one
other; none, if the next request comes while it is at work: then nobody waits for it.
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
from snn_tui.inspector.messages import Failed, Working
from snn_tui.inspector.model_messages import Activity, DescribeModel, MeasureActivity, ModelFacts
from snn_tui.inspector.run_messages import (
    DrawPredictions,
    EnergyResult,
    ExitResult,
    ExportImages,
    HiddenLayers,
    JudgementResult,
    JudgeSplit,
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
    | ExportImages
    | MeasureActivity
)
AnyQuestion = OpenRun | RunQuestion | DescribeModel | DataQuestion
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
