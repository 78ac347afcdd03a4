"""`dfs-tui --web`: what it asks for, what it prints, how it ends."""

from __future__ import annotations

import asyncio
import signal
import sys
import urllib.error
import urllib.request

import pytest

from dfs_tui.web import serve
from dfs_tui.web.door import Where


def test_on_this_machine_no_password_is_needed() -> None:
    assert serve.password_for(Where("127.0.0.1", 1), {}) == ""
    assert serve.password_for(Where("localhost", 1), {serve.PASSWORD: "given"}) == "given"


def test_elsewhere_it_comes_from_the_variable_or_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert serve.password_for(Where("0.0.0.0", 1), {serve.PASSWORD: "given"}) == "given"
    with pytest.raises(ValueError, match=serve.PASSWORD):
        serve.password_for(Where("0.0.0.0", 1), {})


@pytest.mark.parametrize("where", ["localhost:x", "192.0.2.1:7480"])
def test_what_cannot_be_served_is_said(
    where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(serve.PASSWORD, "correct horse battery")
    assert serve.main(where, [], "dfs") == 2
    assert "dfs-tui: --web:" in capsys.readouterr().err


async def test_it_prints_a_link_and_ends_when_told_to() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dfs_tui", "--demo", "--web", "127.0.0.1:0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    link = ""
    while not link:
        line = (await process.stdout.readline()).decode()
        assert line, "it ended"
        link = line.strip() if "/enter?token=" in line else ""

    def refused() -> int:
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(link.partition("/enter")[0] + "/", timeout=30)
        error.value.close()
        return error.value.code

    try:
        assert await asyncio.to_thread(refused) == 403
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
