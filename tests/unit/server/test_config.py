from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.errors import ConfigError, InvalidInput
from dfs_core.server.config import CONFIG_NAME, NodeConfig, render_config

SETTINGS = [item for item in fields(NodeConfig) if item.name != "data_dir"]


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings in the environment."""
    for item in SETTINGS:
        monkeypatch.delenv(f"DFS_{item.name.upper()}", raising=False)


def write(folder: Path, text: str) -> None:
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")


def test_without_a_file_every_setting_has_its_default(tmp_path: Path) -> None:
    assert NodeConfig.load(tmp_path) == NodeConfig(tmp_path)
    assert NodeConfig.load(tmp_path / "not there yet").durability == "durable"


def test_every_setting_says_what_it_means() -> None:
    for item in SETTINGS:
        assert item.metadata["meaning"], item.name


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'listen = "127.0.0.1:1"\nname = "file"\n')
    assert NodeConfig.load(tmp_path).listen == "127.0.0.1:1"
    monkeypatch.setenv("DFS_LISTEN", "127.0.0.1:2")
    assert NodeConfig.load(tmp_path).listen == "127.0.0.1:2"
    loaded = NodeConfig.load(tmp_path, {"listen": "127.0.0.1:3", "name": None, "bootstrap": ()})
    assert (loaded.listen, loaded.name) == ("127.0.0.1:3", "file")


def test_a_list_is_a_list_in_the_file_and_has_commas_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'bootstrap = ["10.0.0.1:7420", "[::1]:7420"]\n')
    assert NodeConfig.load(tmp_path).bootstrap == ("10.0.0.1:7420", "[::1]:7420")
    monkeypatch.setenv("DFS_BOOTSTRAP", "10.0.0.2:7420, 10.0.0.3:7420,")
    assert NodeConfig.load(tmp_path).bootstrap == ("10.0.0.2:7420", "10.0.0.3:7420")


def test_a_misspelt_setting_is_refused_with_file_and_key(tmp_path: Path) -> None:
    write(tmp_path, 'durabilty = "relaxed"\n')
    with pytest.raises(ConfigError) as caught:
        NodeConfig.load(tmp_path)
    assert "durabilty" in str(caught.value)
    assert CONFIG_NAME in str(caught.value)
    assert "durability" in str(caught.value), "what would be right"


def test_where_the_data_is_cannot_be_said_inside_of_it(tmp_path: Path) -> None:
    write(tmp_path, 'data_dir = "/elsewhere"\n')
    with pytest.raises(ConfigError, match="data_dir"):
        NodeConfig.load(tmp_path)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("listen = 7420", "listen"),
        ('listen = "7420"', "7420"),
        ('listen = "host:99999"', "99999"),
        ('listen = ":0"', ":0"),
        ('advertise = "a:1,nowhere"', "nowhere"),
        ("advertise = [1]", "advertise"),
        ('durability = "fast"', "fast"),
        ("durability = true", "durability"),
        (r'name = "two\nlines"', "a name is"),
        ("bootstrap = {}", "bootstrap"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, line: str, named: str) -> None:
    write(tmp_path, line + "\n")
    with pytest.raises(ConfigError) as caught:
        NodeConfig.load(tmp_path)
    assert named in str(caught.value)
    assert CONFIG_NAME in str(caught.value)


def test_a_wrong_value_from_elsewhere_names_that_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="--durability"):
        NodeConfig.load(tmp_path, {"durability": "fast"})
    monkeypatch.setenv("DFS_LISTEN", "nowhere")
    with pytest.raises(ConfigError, match="DFS_LISTEN"):
        NodeConfig.load(tmp_path)


@pytest.mark.parametrize("content", [b"listen = ", b"\xff\xfe", b"[listen"])
def test_a_file_that_is_not_toml_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CONFIG_NAME).write_bytes(content)
    with pytest.raises(ConfigError, match=CONFIG_NAME):
        NodeConfig.load(tmp_path)


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).mkdir()
    with pytest.raises(ConfigError, match=CONFIG_NAME):
        NodeConfig.load(tmp_path)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "localhost:7420", "node.example.org:1"])
def test_port_zero_and_any_host_may_be_listened_on(listen: str, tmp_path: Path) -> None:
    assert NodeConfig(tmp_path, listen=listen).listen == listen


def test_a_config_made_by_hand_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        NodeConfig(tmp_path, bootstrap=("nowhere",))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    values = {"listen": "127.0.0.1:7000", "bootstrap": ("10.0.0.1:7420",), "advertise": ()}
    write(tmp_path, render_config(values))
    loaded = NodeConfig.load(tmp_path)
    assert (loaded.listen, loaded.bootstrap, loaded.advertise) == ("127.0.0.1:7000", ("10.0.0.1:7420",), ())


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_any_text_without_control_characters_can_be_written(text: str) -> None:
    assert tomllib.loads(render_config({"name": text}))["name"] == text


def test_mdns_is_switched_by_three_words(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text('mdns = "off"\n')
    assert NodeConfig.load(tmp_path).mdns == "off"
    assert NodeConfig.load(tmp_path, {"mdns": "on"}).mdns == "on"
    (tmp_path / "node.toml").write_text('mdns = "perhaps"\n')
    with pytest.raises(ConfigError, match="mdns"):
        NodeConfig.load(tmp_path)
