"""Return codes: each has its error, and the ambiguous ones are distinguished."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openpower_alphaess.client.errors import CODES, REFUSES, AlreadyBound, Refusal, error_of
from openpower_core import errors


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (103, errors.ConfigurationError),
        (6001, errors.InvalidValue),
        (6002, errors.NotBound),
        (6003, AlreadyBound),
        (6004, errors.InvalidValue),
        (6005, errors.NotBound),
        (6006, errors.ClockSkew),
        (6007, errors.AuthenticationFailed),
        (6008, errors.WriteRejected),
        (6009, errors.PermissionDenied),
        (6010, errors.AuthenticationFailed),
        (6011, errors.AuthenticationFailed),
        (6012, errors.AuthenticationFailed),
        (6016, errors.DeviceNotFound),
        (6017, errors.PermissionDenied),
        (6026, errors.ServiceUnavailable),
        (6029, errors.ServiceUnavailable),
        (6038, errors.DeviceNotFound),
        (6042, errors.DeviceOffline),
        (6046, errors.InvalidValue),
        (6053, errors.RateLimited),
        (10001, errors.InvalidValue),
        (6999, errors.BadResponse),
    ],
)
def test_every_code_has_its_error(code: int, expected: type[errors.OpenPowerError]) -> None:
    """The type follows from the code; the code and the vendor's words stay on the error."""
    error = error_of(Refusal(code=code, message="Bitte warten", operation="getEssList"))

    assert type(error) is expected
    assert error.vendor_code == str(code)
    assert error.vendor_message == "Bitte warten"
    assert error.operation == "getEssList"
    assert error.provider == "alphaess"


def test_6009_with_a_clock_that_is_off_is_clock_skew() -> None:
    """The Date header proves a skew, whatever language the words are in."""
    skewed = Refusal(code=6009, message="请求超时", clock_offset=timedelta(minutes=10))

    error = error_of(skewed)

    assert isinstance(error, errors.ClockSkew)
    assert error.offset == timedelta(minutes=10)


def test_6009_by_its_words_where_there_is_no_date() -> None:
    """Without a Date header, the observed words are all there is."""
    message = "The request timestamp is not within the validity period"

    assert isinstance(error_of(Refusal(code=6009, message=message)), errors.ClockSkew)


def test_6009_with_a_right_clock_is_the_allow_list() -> None:
    """A clock within five minutes leaves only the allow-list."""
    error = error_of(Refusal(code=6009, message="…", clock_offset=timedelta(seconds=2)))

    assert isinstance(error, errors.PermissionDenied)
    assert "allow-list" in str(error)


def test_the_only_useful_reason_is_shown() -> None:
    """expMsg is part of the message, and an empty period list gets its remedy."""
    error = error_of(Refusal(code=6001, message="Parameter error", detail="time list is null"))

    assert "time list is null" in str(error)
    assert "at least one element" in str(error)


def test_6026_for_a_day_to_come_is_the_callers_mistake() -> None:
    """Asking for next week again will not help, so it is no temporary error."""
    assert isinstance(error_of(Refusal(code=6026, future_date=True)), errors.InvalidValue)


@pytest.mark.parametrize("code", [6001, 6008, 6029])
def test_a_documented_refusal_of_a_write(code: int) -> None:
    """The portal's list has it as a refusal, so this write changed nothing."""
    assert isinstance(error_of(Refusal(code=code, write=True)), errors.WriteRejected)


@pytest.mark.parametrize("code", [500, 201, 6026, 6042, 6999, 10001])
def test_any_other_answer_says_nothing_about_a_write(code: int) -> None:
    """Undocumented codes and reports of trouble may come with a write that was carried out: they are read back."""
    error = error_of(Refusal(code=code, write=True, message="SetConfig Failed: Response timeout"))

    assert isinstance(error, errors.DataError | errors.TemporaryError)
    assert not isinstance(error, errors.RateLimited)


@pytest.mark.parametrize("code", sorted({*CODES, 6998, 6999}))
def test_only_what_has_a_source_refuses_a_write(code: int) -> None:
    """The errors that the write pipeline takes for a refusal come from the table of refusals alone."""
    error = error_of(Refusal(code=code, write=True))

    refuses = isinstance(error, errors.WriteRejected | errors.AuthError | errors.RateLimited)
    assert refuses is bool(REFUSES.get(code))


def test_too_many_says_how_long_to_wait() -> None:
    """The service names no wait, so the portal's ten seconds serve."""
    error = error_of(Refusal(code=6053))

    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == timedelta(seconds=10)
