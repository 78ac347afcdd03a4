"""One line of a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the report. `most`: the target; 0: there is none. `cpu_ms`: what it took of the processor's time."""

    name: str
    value: float
    unit: str = "ms"
    most: float = 0.0
    cpu_ms: float = 0.0

    def __str__(self) -> str:
        line = f"{self.name:<52} {self.value:8.1f} {self.unit:<6}"
        line += f" (processor {self.cpu_ms:6.1f} ms)" if self.cpu_ms else " " * 22
        if self.most:
            line += f" target {self.most:g}, {'met' if self.value <= self.most else 'MISSED'}"
        return line.rstrip()
