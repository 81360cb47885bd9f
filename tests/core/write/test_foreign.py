"""Exceptions that a provider's code raises by mistake: before, while and after a write is sent."""

from __future__ import annotations

from typing import Any

import pytest

from openpower_core.errors import BadResponse, WriteNotConfirmed, WriteRejected
from openpower_core.writes import WriteState

FOREIGN = [OverflowError("too large"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), KeyError("code"), TypeError()]


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda error: type(error).__name__)
async def test_a_send_that_raises_is_settled_by_reading(harness: Any, foreign: Exception) -> None:
    """What was sent shows: the write is confirmed, and nothing is sent twice."""
    harness.vendor.send_errors = [foreign]
    harness.vendor.applies_despite_error = True
    receipt = await harness.command(window="22-06")

    assert receipt.state is WriteState.CONFIRMED
    assert len(harness.sent) == 1


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda error: type(error).__name__)
async def test_a_send_that_raises_is_never_called_refused(harness: Any, foreign: Exception) -> None:
    """It does not show: that is what the error says, with its cause; another attempt may be made."""
    harness.vendor.send_errors = [foreign]
    with pytest.raises(WriteNotConfirmed) as raised:
        await harness.command(window="22-06")

    assert not isinstance(raised.value, WriteRejected)
    assert isinstance(raised.value.__cause__, BadResponse)
    assert raised.value.__cause__.__cause__ is foreign
    assert len(harness.sent) == 1
    assert (await harness.command(window="22-06")).state.sent


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda error: type(error).__name__)
async def test_a_read_that_raises_sends_nothing(harness: Any, foreign: Exception) -> None:
    """Without knowing what is set there is no plan."""
    harness.vendor.read_errors = [foreign]
    with pytest.raises(BadResponse) as raised:
        await harness.command(window="22-06")

    assert raised.value.__cause__ is foreign
    assert (raised.value.provider, raised.value.device_id) == ("toy", harness.info.id)
    assert harness.sent == []


async def test_a_read_back_that_raises_is_no_difference(harness: Any) -> None:
    """It is asked again, and then shows what was sent."""
    harness.vendor.read_errors = [None, *FOREIGN]
    receipt = await harness.command(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED


async def test_a_release_that_cannot_be_planned(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises one of ours, and can be tried again."""
    await harness.command(window="22-06", confirm="readback")
    with monkeypatch.context() as patched:
        patched.setattr(type(harness.document), "writes", lambda *_: {}["nothing"])
        with pytest.raises(BadResponse):
            await harness.release()

    assert (await harness.release()).state.sent


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda error: type(error).__name__)
async def test_a_native_write_that_raises(harness: Any, foreign: Exception) -> None:
    """Its outcome is unknown, and so the audit says."""

    def call() -> None:
        raise foreign

    with pytest.raises(BadResponse) as raised:
        await harness.native(call)

    line = harness.writer.store.audit()[-1]
    assert raised.value.__cause__ is foreign
    assert line["outcome"] == "unknown"


async def test_text_that_no_file_takes_is_stored(make_harness: Any, tmp_path: Any) -> None:
    """A lone surrogate in a vendor's words, and in what is written, breaks neither the write nor the audit."""
    harness = make_harness(state_dir=tmp_path)
    harness.vendor.send_errors = [BadResponse("refused: \ud800", vendor_message="\udfff", vendor_code="\ud800")]
    harness.vendor.applies_despite_error = True
    await harness.command(window="22-06 \ud800")
    await harness.release()

    assert [line["outcome"] for line in harness.writer.store.audit()][:2] == ["sending", "unanswered"]
