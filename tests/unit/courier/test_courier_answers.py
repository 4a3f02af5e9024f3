"""What counts as an answer, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zcc_console.courier.answers import Meaning, Receipt, command_verdict, handoff_receipt
from zcc_console.courier.machine import Lost, Replied

JSON = "application/json"
PROBLEM = "application/problem+json"


def reply(status: int, body: Any, media: str = JSON) -> Replied:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Replied(status, media, content)


def test_only_200_with_its_own_id_is_applied() -> None:
    assert command_verdict(reply(200, {"command_id": "c1"}), "c1").meaning is Meaning.APPLIED
    assert command_verdict(reply(200, {"command_id": "c2"}), "c1").meaning is Meaning.NONE
    assert command_verdict(reply(200, {"command_id": "c1"}, "text/html"), "c1").meaning is Meaning.NONE
    assert command_verdict(reply(201, {"command_id": "c1"}), "c1").meaning is Meaning.NONE
    assert command_verdict(reply(200, b"<html>"), "c1").meaning is Meaning.NONE


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (400, "invalid"),
        (403, "not-allowed"),
        (404, "not-found"),
        (409, "claimed"),
        (409, "full"),
        (412, "stale"),
        (413, "too-large"),
        (422, "key-reused"),
        (428, "rev-missing"),
    ],
)
def test_a_4xx_with_a_type_of_the_contract_refuses(status: int, slug: str) -> None:
    verdict = command_verdict(reply(status, {"type": slug}, PROBLEM), "c1")
    assert (verdict.meaning, verdict.problem) == (Meaning.REFUSED, slug)


@pytest.mark.parametrize(
    "answer",
    [
        reply(403, b"<html>geen toegang</html>", "text/html"),
        reply(404, {"type": "not-found"}),  # JSON, but no problem details
        reply(404, {"type": "about:blank"}, PROBLEM),
        reply(404, {"type": "https://proxy.example/not-found"}, PROBLEM),
        reply(409, b"\xff\xfe", PROBLEM),
        reply(408, {"type": "invalid"}, PROBLEM),
        reply(425, {"type": "invalid"}, PROBLEM),
        reply(429, {"type": "invalid"}, PROBLEM),
        reply(302, b"", "text/html"),
        reply(200, b'{"command_id": NaN}'),
        reply(200, b"[" * 100_000),
        Lost("timeout"),
    ],
)
def test_everything_else_is_no_answer(answer: Replied | Lost) -> None:
    assert command_verdict(answer, "c1").meaning is Meaning.NONE


def test_a_server_error_is_told_apart_and_so_is_a_missing_credential() -> None:
    assert command_verdict(reply(503, {"type": "unavailable"}, PROBLEM), "c1").meaning is Meaning.SERVER_ERROR
    assert command_verdict(reply(401, b"", "text/html"), "c1").meaning is Meaning.CREDENTIAL
    assert command_verdict(Lost("credential"), "c1").meaning is Meaning.CREDENTIAL


def test_a_gap_names_the_expected_number_and_only_a_whole_one_counts() -> None:
    body = {"type": "sequence-gap", "expected": 4}
    assert command_verdict(reply(409, body, PROBLEM), "c1").expected == 4
    assert command_verdict(reply(409, body | {"expected": True}, PROBLEM), "c1").expected is None
    assert command_verdict(reply(409, {"type": "sequence-used"}, PROBLEM), "c1").meaning is Meaning.USED


IDS = {"handoff_id": "h", "message_id": "m", "state": "SENT"}


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [
        (reply(202, IDS), Receipt.DELIVERED),
        (reply(409, IDS | {"type": "duplicate"}, PROBLEM), Receipt.DELIVERED),
        (reply(202, IDS | {"message_id": "other"}), Receipt.NONE),
        (reply(409, {"type": "duplicate", "handoff_id": "h"}, PROBLEM), Receipt.NONE),
        (reply(202, b"<html>"), Receipt.NONE),
        (reply(422, {"type": "exercise"}, PROBLEM), Receipt.REFUSED),
        (reply(400, {"type": "invalid"}, PROBLEM), Receipt.REFUSED),
        (reply(400, b"<html>", "text/html"), Receipt.NONE),
        (reply(401, {"type": "unauthorized"}, PROBLEM), Receipt.NONE),
        (reply(403, {"type": "not-allowed"}, PROBLEM), Receipt.NONE),
        (reply(404, {"type": "not-found"}, PROBLEM), Receipt.NONE),
        (reply(503, {"type": "exercise"}, PROBLEM), Receipt.NONE),
        (Lost("timeout"), Receipt.NONE),
    ],
)
def test_a_handoff_is_delivered_only_where_both_ids_come_back(answer: Replied | Lost, receipt: Receipt) -> None:
    assert handoff_receipt(answer, "h", "m", exercise=False)[0] is receipt


def test_a_real_handoff_in_an_exercises_hands_is_refused_and_an_exercise_in_real_hands_is_not() -> None:
    answer = reply(202, IDS | {"exercise": True})
    assert handoff_receipt(answer, "h", "m", exercise=False) == (Receipt.REFUSED, "exercise")
    assert handoff_receipt(answer, "h", "m", exercise=True)[0] is Receipt.DELIVERED
