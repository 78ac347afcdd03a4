"""Shared options."""

from __future__ import annotations

import click
from click.testing import CliRunner

from dfs_core.cli.options import DURATION, RANGE, SIZE, ByteRange, node_options
from dfs_core.cli.run import Where


@click.command()
@click.option("--size", type=SIZE, default="1K")
@click.option("--for", "duration", type=DURATION)
@click.option("--range", "part", type=RANGE)
@node_options
def probe(size: int, duration: float | None, part: ByteRange | None, where: Where) -> None:
    click.echo(f"{size} {duration} {part} {where.data_dir} {where.control}")
    if where.connect or where.operator_dir:
        click.echo(f"{where.connect} {where.operator_dir}")


def outcome(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(probe, arguments)
    return result.exit_code, result.output


def test_values_are_read_by_our_parsers() -> None:
    assert outcome("--size", "2M", "--for", "1h", "--range", "0-9") == (
        0,
        "2097152 3600.0 ByteRange(start=0, end=10, last=0) None None\n",
    )


def test_a_value_they_refuse_is_a_usage_error_with_the_example() -> None:
    code, output = outcome("--size", "lots")
    assert code == 2
    assert "500G" in output


def test_the_node_is_handed_on_as_it_was_named() -> None:
    assert outcome("--data-dir", "/d", "--control", "/c.sock")[1] == "1024 None None /d /c.sock\n"
    assert outcome()[1] == "1024 None None None None\n"


def test_a_node_elsewhere_is_named_with_the_operators_folder() -> None:
    assert outcome("--connect", "h:1", "--operator-dir", "/o")[1] == "1024 None None None None\nh:1 /o\n"
