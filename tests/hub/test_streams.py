"""The stream: one event per transaction, bookmarks in order, Last-Event-ID, and slow readers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.hub.house import House
from tests.hub.served import Served, Sse, served, streaming
from zcc_console.hub import streams
from zcc_console.hub.streams import Fanout, Reader, bookmark_frame, transaction_frame


@pytest.fixture
async def hub(house: House) -> AsyncIterator[Served]:
    async with served(house) as running:
        yield running


async def test_it_begins_with_a_bookmark_at_the_head_and_goes_on_with_each_transaction(hub: Served) -> None:
    async with hub.client() as client, streaming(client) as stream:
        retry, bookmark = await stream.next(), await stream.next()
        assert retry is not None
        assert 500 <= int(retry.retry) <= 15_000
        assert bookmark is not None
        assert (bookmark.event, bookmark.id) == ("bookmark", "")
        assert set(bookmark.body) == {"cursor", "server_time", "exercise", "digest"}
        calls = [await hub.call() for _ in range(3)]
        found = await stream.transactions(3)
    assert [entry["items"][0]["id"] for entry in found] == calls  # type: ignore[index]
    assert [entry["prev"] for entry in found] == [bookmark.body["cursor"], found[0]["cursor"], found[1]["cursor"]]


async def test_since_catches_up_and_the_join_has_no_gap_and_no_double(hub: Served) -> None:
    async with hub.client() as client:
        start = (await client.get("/v1/snapshot")).json()["cursor"]

        async def bring_in() -> None:
            for _ in range(40):
                await hub.call()

        writing = asyncio.create_task(bring_in())
        async with streaming(client, start) as stream:
            found = await stream.transactions(40)
        await writing
    cursor = start
    for entry in found:
        assert entry["prev"] == cursor
        cursor = str(entry["cursor"])


async def test_a_long_backlog_comes_in_pieces_without_a_gap(hub: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zcc_console.hub.app.CATCH_UP", 4)
    async with hub.client() as client:
        start = (await client.get("/v1/snapshot")).json()["cursor"]
        for _ in range(12):
            await hub.call()
        async with streaming(client, start) as stream:
            found = await stream.transactions(12)
    assert found[0]["prev"] == start
    assert [entry["prev"] for entry in found[1:]] == [entry["cursor"] for entry in found[:-1]]


async def test_last_event_id_beats_since(hub: Served) -> None:
    async with hub.client() as client:
        start = (await client.get("/v1/snapshot")).json()["cursor"]
        for _ in range(3):
            await hub.call()
        everything = (await client.get("/v1/changes", params={"since": start})).json()["transactions"]
        header = {"Last-Event-ID": everything[1]["cursor"]}
        async with streaming(client, start, **header) as stream:
            (found,) = await stream.transactions(1)
    assert found == everything[2]


async def test_a_bookmarks_digest_is_that_of_its_cursor(hub: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zcc_console.hub.app.TICK_S", 0.02)
    monkeypatch.setattr("zcc_console.hub.app.BOOKMARK_S", 0.0)
    digests: dict[str, object] = {}
    async with hub.client() as client, streaming(client) as stream:
        for _ in range(6):
            await hub.call()
            digests[str(hub.house.region.head())] = (await client.get("/v1/digest")).json()["digest"]
        marked = 0
        at = ""
        while marked < 3 or at != str(hub.house.region.head()):
            event = await stream.next()
            assert event is not None
            if event.event == "bookmark":
                if at:
                    assert event.body["cursor"] == at, "a bookmark stands where the stream stands"
                if event.body["cursor"] in digests:
                    assert event.body["digest"] == digests[str(event.body["cursor"])]
                    marked += 1
            elif event.id:
                at = event.id


async def test_a_new_epoch_ends_every_stream_and_the_next_try_is_410(hub: Served) -> None:
    async with hub.client() as client, streaming(client) as stream:
        assert await stream.next()
        assert await stream.next()
        before = str(hub.house.region.head())
        await hub.hub.ask(lambda: hub.house.region.ledger.new_epoch("by-hand"))
        last = await stream.next()
        while last is not None:
            assert last.retry or last.event == "bookmark"
            last = await stream.next()
        assert (await client.get("/v1/stream", params={"since": before})).status_code == 410


async def test_a_reader_that_goes_away_is_forgotten(hub: Served) -> None:
    async with hub.client() as client, streaming(client) as stream:
        await stream.next()
        await stream.next()
        async with asyncio.timeout(5):
            while len(hub.hub.fanout) != 1:
                await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        while len(hub.hub.fanout):
            await asyncio.sleep(0.01)


async def test_a_slow_reader_is_closed_and_never_sent_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "QUEUE_BYTES", 1000)
    reader = Reader()
    reader.put(b"a" * 600)
    assert await reader.next() == b"a" * 600
    reader.put(b"b" * 600)
    reader.put(b"c" * 600)
    reader.put(b"d")
    assert reader.closed
    assert await reader.next() is None
    reader.done()


async def test_a_transaction_is_turned_into_bytes_once_for_all_readers() -> None:
    fanout = Fanout()
    fanout.bind()
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        fanout.join(reader, b"eerst")
        assert await reader.next() == b"eerst"
    fanout.bookmark({"cursor": "a.1"})
    chunks = [await reader.next() for reader in readers]
    assert chunks[0] == bookmark_frame({"cursor": "a.1"})
    assert all(chunk is chunks[0] for chunk in chunks)


async def test_what_was_posted_before_a_reader_joined_is_not_sent_to_it_twice() -> None:
    fanout = Fanout()
    fanout.bind()
    early, late = Reader(), Reader()
    fanout.join(early, b"eerst")
    fanout.bookmark({"n": 1})
    fanout.bookmark({"n": 2})
    fanout.join(late, b"first")
    fanout.bookmark({"n": 3})
    marked, seen = bookmark_frame({"n": 3}), b""
    while not seen.endswith(marked):
        seen += await late.next() or b""
    assert seen == b"first" + marked
    assert await early.next() == b"eerst" + b"".join(bookmark_frame({"n": n}) for n in (1, 2, 3))


def test_a_frame_is_one_event() -> None:
    body = json.dumps({"text": "regel\nregel\r\u2028"})
    frame = transaction_frame("a.1", body).decode()
    assert frame.count("\n") == 3
    found = Sse()
    for line in frame.strip("\n").split("\n"):
        name, _, value = line.partition(": ")
        setattr(found, name, value)
    assert (found.id, found.body) == ("a.1", {"text": "regel\nregel\r\u2028"})
