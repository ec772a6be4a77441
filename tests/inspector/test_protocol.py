"""Frames between the screens and the inspector: what goes in comes out, and nonsense is refused."""

from __future__ import annotations

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.made_tasks import TASKS
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import data_messages, messages, model_messages, protocol, run_messages
from snn_tui.values.dataset import Picture
from snn_tui.values.image_ref import PictureFile, SplitImage
from snn_tui.values.trace import Trace

text = st.text(st.characters(codec="utf-8"), max_size=20)
number = st.integers(0, 2**63 - 1)
finite = st.floats(allow_nan=False)
labels = st.lists(st.lists(st.integers(0, 63)).map(tuple), max_size=3)
images = st.builds(SplitImage, text, number) | st.builds(PictureFile, text)
runs = st.builds(run_messages.RunRef, text, st.none() | text)
configs = st.builds(RunConfig, seed=st.integers(0, 2**53), data=st.none() | text)
codings = st.builds(
    data_messages.Coding,
    kind=st.sampled_from(("rate", "latency", "direct")),
    tau=st.none() | finite,
    threshold=finite,
)
questions = (
    st.builds(run_messages.OpenRun, runs, st.booleans())
    | st.builds(run_messages.TraceImage, runs, images, number)
    | st.builds(run_messages.RecordLayers, runs, images, number)
    | st.builds(run_messages.OccludeImage, runs, images, number, st.none() | number)
    | st.builds(run_messages.PredictSplit, runs, text)
    | st.builds(run_messages.PredictDraws, runs, images, number)
    | st.builds(data_messages.DescribeData, configs, st.booleans())
    | st.builds(data_messages.LoadImages, configs, text, st.lists(number))
    | st.builds(data_messages.EncodeImage, configs, text, number, codings, number, number)
    | st.builds(model_messages.DescribeModel, configs, st.none() | runs)
    | st.builds(model_messages.MeasureActivity, runs, number)
)
pictures = st.builds(
    Picture, pixels=st.binary(), height=number, width=number, labels=st.none() | st.tuples(st.integers(0, 1))
)
traces = st.builds(
    Trace,
    task=TASKS,
    picture=pictures,
    spikes_in=st.lists(st.binary(), max_size=3),
    spikes_out=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=3),
    membranes=st.lists(st.tuples(finite, finite), max_size=3),
    threshold=finite,
    draw=number,
    synthetic=st.booleans(),
)
dataset_images = st.builds(data_messages.DatasetImage, number, st.booleans(), pictures)
answers = (
    st.builds(data_messages.LoadedImages, st.lists(dataset_images, max_size=3))
    | st.builds(
        data_messages.EncodedImage, dataset_images, codings, number, st.lists(st.binary(), max_size=3), TASKS
    )
    | st.builds(model_messages.Activity, number, st.booleans(), finite, st.just({}), number)
    | st.builds(run_messages.TraceResult, traces, number)
    | st.builds(run_messages.SplitPredictions, labels, labels, st.lists(finite), number)
    | st.builds(run_messages.DrawPredictions, labels)
    | st.builds(messages.Working, text, st.none() | finite)
    | st.builds(messages.Failed, text, text, text)
)


def bodies(stream: bytes) -> list[bytes]:
    """The bodies of a stream of frames."""
    file, found = io.BytesIO(stream), []
    while header := file.read(protocol.HEADER_BYTES):
        found.append(file.read(protocol.body_length(header)))
    return found


@given(st.lists(st.builds(protocol.Request, number, questions), max_size=4))
def test_requests_come_out_as_they_went_in(requests: list[protocol.Request]) -> None:
    stream = b"".join(map(protocol.frame, requests))
    assert [protocol.parse_request(body) for body in bodies(stream)] == requests


@given(st.lists(st.builds(protocol.Reply, number, answers), max_size=4))
def test_replies_come_out_as_they_went_in(replies: list[protocol.Reply]) -> None:
    stream = b"".join(map(protocol.frame, replies))
    assert [protocol.parse_reply(body) for body in bodies(stream)] == replies


@given(st.integers(0, 2**32 - 1))
def test_an_absurd_length_is_refused_before_anything_is_read(length: int) -> None:
    header = length.to_bytes(protocol.HEADER_BYTES, "big")
    if length <= protocol.FRAME_LIMIT:
        assert protocol.body_length(header) == length
    else:
        with pytest.raises(ValueError, match=str(length)):
            protocol.body_length(header)


@given(st.binary(max_size=60))
def test_nonsense_is_no_message(body: bytes) -> None:
    for parse in (protocol.parse_request, protocol.parse_reply):
        with pytest.raises(msgspec.DecodeError):
            parse(body)


def test_a_failure_can_be_raised_on_the_other_side() -> None:
    error = messages.Failed("no such image", "--index", "give another").error()
    assert isinstance(error, SnnTuiError)
    assert (error.what, error.where, error.remedy) == ("no such image", "--index", "give another")
