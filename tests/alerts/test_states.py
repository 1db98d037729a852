"""The state machine, by hand and on random series."""

from hypothesis import given
from hypothesis import strategies as st

from monstera.alerts.states import Outcome, Patience, Standing, State, advance

C, B, N, E = Outcome.CLEAR, Outcome.BREACH, Outcome.NO_DATA, Outcome.ERROR


def states(outcomes: list[Outcome], patience: Patience | None = None) -> list[str]:
    standing = Standing()
    found = []
    for outcome in outcomes:
        standing = advance(standing, outcome, patience or Patience())
        found.append(standing.state.value)
    return found


def test_it_fires_at_once_and_resolves_at_once_unless_told_otherwise() -> None:
    assert states([C, B, B, C, C]) == ["inactive", "firing", "firing", "resolved", "inactive"]


def test_for_counts_breaches_in_a_row() -> None:
    assert states([B, B, C, B, B, B], Patience(breaches=3)) == [
        "pending", "pending", "inactive", "pending", "pending", "firing",
    ]  # fmt: skip


def test_keep_firing_for_counts_clear_evaluations_in_a_row() -> None:
    assert states([B, C, B, C, C, C], Patience(clears=3)) == [
        "firing", "recovering", "firing", "recovering", "recovering", "resolved",
    ]  # fmt: skip


def test_what_cannot_be_judged_never_resolves() -> None:
    assert states([B, N, E, C]) == ["firing", "firing", "firing", "resolved"]
    assert states([B, C, N, C], Patience(clears=2)) == [
        "firing", "recovering", "recovering", "resolved",
    ]  # fmt: skip


def test_missing_data_ends_a_streak_unless_it_is_kept() -> None:
    assert states([B, N, B, B], Patience(breaches=2)) == [
        "pending", "no_data", "pending", "firing",
    ]  # fmt: skip
    assert states([B, N, B], Patience(breaches=2, keeps_on_no_data=True)) == [
        "pending", "pending", "firing",
    ]  # fmt: skip


def test_an_error_is_a_state_of_its_own() -> None:
    assert states([C, E, N, B]) == ["inactive", "error", "no_data", "firing"]


def test_an_error_leaves_a_streak_alone_as_its_moment_is_judged_again() -> None:
    assert states([B, E, B], Patience(breaches=2)) == ["pending", "error", "firing"]
    assert states([B, E, N, B], Patience(breaches=2)) == [
        "pending", "error", "no_data", "pending",
    ]  # fmt: skip
    assert states([B, E, N, B], Patience(breaches=2, keeps_on_no_data=True)) == [
        "pending", "error", "pending", "firing",
    ]  # fmt: skip


def test_a_breach_right_after_it_resolved_is_a_new_firing() -> None:
    assert states([B, C, B]) == ["firing", "resolved", "firing"]


series = st.lists(st.sampled_from(list(Outcome)), max_size=60)
patiences = st.builds(Patience, st.integers(1, 4), st.integers(1, 4), st.booleans())


@given(series, patiences)
def test_every_incident_begins_once_and_ends_once(
    outcomes: list[Outcome], patience: Patience
) -> None:
    is_open = False
    standing = Standing()
    for outcome in outcomes:
        before, standing = standing, advance(standing, outcome, patience)
        begins = standing.state.is_open and not before.state.is_open
        ends = standing.state is State.RESOLVED
        assert not (begins and is_open)
        assert not ends or is_open
        is_open = (is_open or begins) and not ends
        assert is_open == standing.state.is_open


@given(series, patiences)
def test_it_begins_after_enough_breaches_and_ends_after_enough_clear_evaluations(
    outcomes: list[Outcome], patience: Patience
) -> None:
    found = states(outcomes, patience)
    for position, state in enumerate(found):
        judged = [
            outcome
            for outcome in outcomes[: position + 1]
            if outcome in {C, B} or (outcome is N and not patience.keeps_on_no_data)
        ]
        before = found[position - 1] if position else "inactive"
        if state == "firing" and before not in {"firing", "recovering"}:
            assert judged[-patience.breaches :] == [B] * patience.breaches
        if state == "resolved":
            known = [outcome for outcome in outcomes[: position + 1] if outcome in {C, B}]
            assert known[-patience.clears :] == [C] * patience.clears


@given(series)
def test_only_a_breach_opens_and_only_a_clear_evaluation_closes(outcomes: list[Outcome]) -> None:
    standing = Standing()
    for outcome in outcomes:
        before, standing = standing, advance(standing, outcome, Patience())
        if standing.state.is_open != before.state.is_open:
            assert outcome is (B if standing.state.is_open else C)
