"""From a file to the hub: what counts as an answer, what is tried again, and what a person is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import stamina
from click.testing import CliRunner, Result

from tests.hub.house import House
from tests.unit.intake.hub import FakeHub, problem, region_door
from tests.unit.intake.messages import BSN, NICTIZ, raw, referral_message, resource
from zcc_console.intake import commands
from zcc_console.intake.client import CredentialRefused, HubClient, HubUnreachable, Taken, TurnedDown

BODY = {"source": "hap", "reason": "x"}


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """As many attempts as in life, without the waits."""
    with stamina.set_testing(True, attempts=6, cap=True):
        yield


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def run(tmp_path: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `zcc-console intake` against the fake hub."""
    token = tmp_path / "bron.token"
    token.write_text("geheim")
    token.chmod(0o600)

    def client(target: commands.Target) -> HubClient:
        return HubClient(target.url, target.token, transport=httpx.MockTransport(hub))

    monkeypatch.setattr(commands, "_client", client)

    def run(*arguments: str) -> Result:
        where = ["--hub", "http://hub.example", "--token-file", str(token), "--refused", str(tmp_path / "refused")]
        return CliRunner().invoke(commands.intake, [*arguments, *where])

    return run


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "refused").iterdir())


# -- the client


def client_of(hub: FakeHub, token: str = "geheim") -> HubClient:
    return HubClient("http://hub.example", token, transport=httpx.MockTransport(hub))


def no_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("weg", request=request)


@pytest.mark.parametrize(
    "failure",
    [
        no_connection,
        lambda request: httpx.Response(500),
        lambda request: problem(503, "unavailable"),
        lambda request: problem(429, "invalid"),
        lambda request: httpx.Response(404, text="<html>proxy"),
        lambda request: httpx.Response(403, json={"message": "wall"}),
        lambda request: httpx.Response(302, headers={"location": "http://elders"}),
        lambda request: httpx.Response(200, text="<html>welkom"),
    ],
)
def test_what_is_no_answer_is_tried_again_with_the_same_key(
    hub: FakeHub, failure: Callable[[httpx.Request], httpx.Response]
) -> None:
    hub.failures = [failure] * 3
    with client_of(hub) as client:
        assert isinstance(client.post_call("k", BODY), Taken)
    assert hub.asked == 4
    assert list(hub.bodies) == ["k"]


def test_a_hub_that_stays_away_is_said_with_what_is_safe(hub: FakeHub) -> None:
    hub.failures = [no_connection] * 99
    with client_of(hub) as client, pytest.raises(HubUnreachable, match="niet dubbel"):
        client.post_call("k", BODY)
    assert hub.asked == 6


def test_a_refusal_of_the_contract_is_an_answer(hub: FakeHub) -> None:
    fields = {"errors": [{"field": "reason", "message": "te lang"}]}
    hub.failures = [lambda request: problem(400, "invalid", **fields)]
    with client_of(hub) as client:
        assert client.post_call("k", BODY) == TurnedDown("invalid", "Nee.", (("reason", "te lang"),))
    assert hub.asked == 1


def test_a_token_that_is_not_taken_stops_everything(hub: FakeHub) -> None:
    with client_of(hub, "anders") as client, pytest.raises(CredentialRefused, match="token"):
        client.post_call("k", BODY)
    hub.failures = [lambda request: problem(403, "not-allowed")]
    with client_of(hub) as client, pytest.raises(CredentialRefused):
        client.post_call("k", BODY)


# -- the commands


def test_a_referral_goes_in_once_however_often_it_is_sent(
    run: Callable[..., Result], hub: FakeHub, tmp_path: Path
) -> None:
    file = write(tmp_path / "verwijzing.json", raw(referral_message()))
    first, again = run("fhir", file), run("fhir", file)
    assert first.output == again.output == "verwijzing.json: oproep 0001 staat in de wachtrij\n"
    (body,) = hub.bodies.values()
    assert body["source"] == "agency"


def test_a_referral_that_is_not_valid_is_refused_by_path_and_kept_private(
    run: Callable[..., Result], hub: FakeHub, tmp_path: Path
) -> None:
    message = referral_message()
    del resource(message, "ServiceRequest")["status"]
    good = write(tmp_path / "goed.json", raw(referral_message()))
    result = run("fhir", write(tmp_path / "fout.json", raw(message)), str(tmp_path / "weg.json"), good)
    assert result.exit_code == 65
    assert "Bundle.entry[1].resource.status: ontbreekt" in result.output
    assert "weg.json: niet te lezen" in result.output
    assert "goed.json: oproep 0001 staat in de wachtrij" in result.output
    content, reasons = kept(tmp_path)
    assert content.read_bytes() == raw(message)
    assert "Bundle.entry[1].resource.status" in reasons.read_text()
    assert [path.stat().st_mode & 0o777 for path in (content, reasons, content.parent)] == [0o600, 0o600, 0o700]
    run("fhir", str(tmp_path / "fout.json"))
    assert len(kept(tmp_path)) == 2


def test_what_the_hub_refuses_is_kept_too(run: Callable[..., Result], hub: FakeHub, tmp_path: Path) -> None:
    run("fhir", write(tmp_path / "een.json", raw(referral_message())))
    message = referral_message()
    resource(message, "ServiceRequest")["reasonCode"] = [{"text": "toch iets anders"}]
    result = run("fhir", write(tmp_path / "twee.json", raw(message)))
    assert result.exit_code == 65
    assert "al eerder ingelezen met een andere inhoud" in result.output
    assert len(kept(tmp_path)) == 2


def test_a_dry_run_sends_and_keeps_nothing(run: Callable[..., Result], hub: FakeHub, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "goed.json", raw(referral_message())),
        write(tmp_path / "fout.json", b"{}"),
    ]
    result = run("fhir", "--dry-run", *files)
    assert result.exit_code == 65
    assert "goed.json: geldig" in result.output
    assert BSN not in result.output
    calls = write(tmp_path / "c.csv", "reason,age_years\na,1\nb,oud\n")
    assert "1 oproep geldig, niet verstuurd, 1 geweigerd" in run("calls", "--dry-run", calls).output
    assert hub.asked == 0
    assert not (tmp_path / "refused").exists()


def test_good_rows_go_in_and_bad_ones_are_named_and_kept(
    run: Callable[..., Result], hub: FakeHub, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "nacht.csv",
        "id;reason;age_years\n1;hoest;41\n2;val;oud\n1;hoest;41\n3;koorts;2\n",
    )
    result = run("calls", file)
    assert result.exit_code == 65
    assert "regel 3: age_years: moet een getal zijn" in result.output
    assert "regel 4: staat eerder in dit bestand" in result.output
    assert "2 oproepen ingelezen, 1 dubbel, 1 geweigerd" in result.output
    rows, reasons = kept(tmp_path)
    assert json.loads(rows.read_text()) == {
        "line": 3,
        "errors": [["age_years", "moet een getal zijn"]],
        "row": {"id": "2", "reason": "val", "age_years": "oud"},
    }
    assert "regel 3" in reasons.read_text()
    again = run("calls", file)
    assert "2 oproepen ingelezen" in again.output
    assert len(hub.bodies) == 2


def test_when_the_hub_goes_away_halfway_it_says_what_is_in(
    run: Callable[..., Result], hub: FakeHub, tmp_path: Path
) -> None:
    file = write(tmp_path / "c.jsonl", "".join(f'{{"reason": "r{number}"}}\n' for number in range(3)))

    def then_gone(request: httpx.Request) -> httpx.Response:
        hub.failures = [no_connection] * 99
        return httpx.Response(201, json={"type": "call", "data": {"number": "0001"}})

    hub.failures = [then_gone]
    result = run("calls", file)
    assert result.exit_code == 69
    assert "1 oproep ingelezen" in result.output
    assert "geeft geen antwoord" in result.output


def test_capacity_is_reported_by_unit(run: Callable[..., Result], hub: FakeHub, tmp_path: Path) -> None:
    rows = "id,category,provider,free,status,observed_at\nseh-a,seh,Oost,3,open,2026-11-21T21:40:00Z\n"
    result = run("capacity", write(tmp_path / "cap.csv", rows))
    assert result.output == "1 melding ingelezen\n"
    assert next(iter(hub.bodies.values()))["free"] == 3


def test_hostile_words_in_a_file_do_nothing_on_the_screen(
    run: Callable[..., Result], hub: FakeHub, tmp_path: Path
) -> None:
    file = write(tmp_path / "c.jsonl", '{"reason": "x", "\\u001b]52;c;QQ==\\u0007": 1, "age_years": "\\u001b[31m"}\n')
    result = run("calls", file)
    assert "\x1b" not in result.output
    named = write(tmp_path / "\x1b[31m.json", b"{}")
    assert "\x1b" not in run("fhir", "--dry-run", named).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hub", "http://x"], "--token-file"),
        (["--hub", "ftp://x", "--token-file", "t"], "http"),
        (["--profile", "weg.toml"], "weg.toml"),
    ],
)
def test_too_little_to_find_a_hub_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    file = write(tmp_path / "a.json", raw(referral_message()))
    result = CliRunner().invoke(commands.intake, ["fhir", file, *arguments])
    assert result.exit_code == 78
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_profile_says_where_the_hub_is_and_the_source_s_token_lies_beside_the_desk_s(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(
        '[desk]\nid="07"\nzcc="Z"\nregion="R"\nexercise=true\nuser="u"\nuser_name="U"\nrole="triagist"\n'
        'callback_number="0"\n[hub]\nurl="http://hub.example/"\ntoken_file="tokens/desk.token"\n'
        '[[rav]]\nid="r"\nname="R"\nphone="0"\n[files]\nstate="staat"\n'
    )
    (tmp_path / "tokens").mkdir()
    token = tmp_path / "tokens" / "intake.token"
    token.write_text("geheim\n")
    token.chmod(0o600)
    target = commands.find_target(tmp_path / "profile.toml", None, None, None, "intake")
    assert target == commands.Target("http://hub.example", "geheim", tmp_path / "staat" / "refused")


# -- the real region


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.build(tmp_path / "hub")
    yield built
    built.region.close()


def region_run(house: House, token: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run the intake against the real region."""
    path = house.cfg.path.with_name("bron.token")
    path.write_text("x")
    path.chmod(0o600)

    def client(target: commands.Target) -> HubClient:
        return HubClient(target.url, target.token, transport=region_door(house, token))

    monkeypatch.setattr(commands, "_client", client)
    refused = str(house.cfg.path.with_name("refused"))
    where = ["--hub", "http://hub.example", "--token-file", str(path), "--refused", refused]
    return CliRunner().invoke(commands.intake, [*arguments, *where])


def test_a_referral_stands_in_the_log_of_the_region_without_its_bsn(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "v.json", raw(referral_message()))
    assert region_run(house, "intake", monkeypatch, "fhir", file).exit_code == 0
    assert "staat in de wachtrij" in region_run(house, "intake", monkeypatch, "fhir", file).output
    ((call_id, _),) = house.region.ledger.state.entries["call"].items()
    call = house.data("call", call_id)
    assert call["source"] == "agency"
    assert call["reason"] == "Duizelig na val; hoofdwond"
    assert BSN not in json.dumps(call)


@pytest.mark.skipif(not NICTIZ.exists(), reason="ZCC_FIXTURES: de map met echte berichten is er niet")
def test_the_message_of_the_standards_body_stands_in_the_queue_of_the_region(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = region_run(house, "intake", monkeypatch, "fhir", str(NICTIZ))
    assert result.exit_code == 0, result.output
    ((call_id, _),) = house.region.ledger.state.entries["call"].items()
    call = house.data("call", call_id)
    assert call["state"] == "waiting"
    assert "999999990" not in json.dumps(call)


def test_the_region_takes_rows_of_calls_and_of_capacity(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = write(tmp_path / "c.csv", "reason,town,sex\nhoest,Leiden,v\nval,Leiden,m\n")
    assert "2 oproepen ingelezen" in region_run(house, "intake", monkeypatch, "calls", calls).output
    moment = house.clock.now().isoformat()
    header = "id,category,provider,free,total,status,observed_at"
    rows = f"{header}\nseh-a,seh,Oost,3,9,open,{moment}\n"
    assert (
        "1 melding ingelezen"
        in region_run(house, "provider", monkeypatch, "capacity", write(tmp_path / "u.csv", rows)).output
    )
    older = rows.replace(",3,9,", ",5,9,").replace(moment, "2026-11-21T20:00:00Z")
    result = region_run(house, "provider", monkeypatch, "capacity", write(tmp_path / "u2.csv", older))
    assert "al een nieuwere stand" in result.output
    assert house.data("capacity", "seh-a")["free"] == 3


def test_a_token_of_another_source_is_said_and_nothing_goes_in(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "v.json", raw(referral_message()))
    result = region_run(house, "intake-hap", monkeypatch, "fhir", file)
    assert result.exit_code == 77
    assert not house.region.ledger.state.entries["call"]
