"""Settings as rows: what is snapped, what is refused, and what the pipeline gets of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from openpower_core.errors import InvalidValue
from openpower_core.write import Draft, Plan, Scale, Setting
from openpower_core.writes import NativeCall


class Api:
    """A vendor with one value."""

    def __init__(self, value: Any = 10) -> None:
        self.value = value

    def get(self) -> Any:
        return self.value

    def set(self, value: Any) -> None:
        self.value = value


def reserve(api: Api, **row: Any) -> Setting[int]:
    figures: dict[str, Any] = {"kind": int, "field": "reserve_soc_pct", "step": 5, "high": 100, "unit": "%"}
    return Setting("reserve", read=api.get, write=api.set, **figures | row)


def test_a_row_is_all_that_the_pipeline_needs() -> None:
    """Read, snapped with an adjustment, named, sent once, and kept as JSON."""
    api = Api()
    setting = reserve(api, argument="percent")

    draft = setting.plan(setting.read(), 22)
    (planned,) = setting.writes(draft.document, 10)
    planned.send()

    assert draft.document == api.value == 20
    assert [(change.field, change.asked, change.got) for change in draft.adjustments] == [("reserve_soc_pct", 22, 20)]
    assert draft.adjustments[0].reason == "It takes steps of 5 % from 0 to 100 %."
    assert planned.call == NativeCall(method="set_reserve", arguments={"percent": 20})
    assert setting.fields(20) == {"reserve": 20}
    assert setting.with_fields(20, {"reserve": 5}) == 5
    assert setting.load(setting.dump(20)) == 20


@pytest.mark.parametrize(
    ("asked", "said"), [(0.5, "fraction"), (105, "0 to 100"), (True, "0 to 100"), ("80", "0 to 100")]
)
def test_what_cannot_be_a_percentage_is_refused(asked: Any, said: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(InvalidValue, match=said):
        reserve(Api()).plan(10, asked)


@pytest.mark.parametrize("asked", [5.9, 33, float("nan"), float("inf")])
def test_what_is_out_of_range_is_refused(asked: float) -> None:
    """With the range and its unit."""
    with pytest.raises(InvalidValue, match="from 6 to 32 A"):
        Scale(field="amps", low=6, high=32, unit="A", rounding="down").snap(asked)


def test_a_limit_rounds_down_and_never_snaps_up() -> None:
    """Never more than requested; below the lowest value it is refused."""
    scale = Scale(field="amps", low=6, high=32, unit="A", rounding="down", outside="snap")

    assert [scale.snap(asked)[0] for asked in (15.9, 40, 16)] == [15, 32, 16]
    assert scale.snap(16)[1] == ()
    assert scale.snap(15.9)[1][0].got == 15
    with pytest.raises(InvalidValue, match="from 6 to 32 A"):
        scale.snap(3)


def test_what_is_set_already_is_never_adjusted() -> None:
    """However odd it is: asking for it again sends nothing."""
    assert reserve(Api(7)).plan(7, 7) == Draft(document=7)


def test_steps_below_one_give_the_figures_that_people_write() -> None:
    """0.1 * 3 is not 0.3 in binary."""
    assert Scale(field="kw", step=0.1, high=7).snap(0.31)[0] == 0.3


@frozen(kw_only=True)
class Limit:
    """A switch and a figure."""

    on: bool
    watts: int = 0


def test_a_plan_of_its_own_and_an_attrs_class() -> None:
    """Where steps do not say it; each field is an argument of the call, and ``send`` gets the current value."""
    sent: list[tuple[Limit, Limit]] = []
    setting: Setting[Limit] = Setting(
        "limit",
        read=lambda: Limit(on=False),
        send=lambda value, current: sent.append((value, current)),
        plan=lambda _, watts: Draft(document=Limit(on=watts is not None, watts=watts or 0)),
        kind=Limit,
    )

    wanted = setting.plan(setting.read(), 500).document
    (planned,) = setting.writes(wanted, Limit(on=False))
    planned.send()

    assert sent == [(Limit(on=True, watts=500), Limit(on=False))]
    assert planned.call.arguments == {"on": True, "watts": 500}
    assert setting.fields(wanted) == {"on": True, "watts": 500}
    assert setting.load(setting.dump(wanted)) == wanted


def test_a_row_needs_one_way_to_send() -> None:
    """Neither none nor two."""
    with pytest.raises(TypeError, match="one of write=, send= and writes="):
        Setting("reserve", read=Api().get)


def test_the_old_name_of_what_is_desired_works_for_one_release() -> None:
    """Guards of earlier plugins read ``plan.wish``."""
    plan = Plan(id="1", operation="command", document="page", desired=42)

    with pytest.deprecated_call():
        assert plan.wish == 42
