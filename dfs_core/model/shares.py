"""Which share of all chunks each node should hold, and the weights of a draw that gives it just that.

**Shares.** R copies of each chunk lie on R different nodes, so nobody can hold more than one copy of every chunk. The
achievable share of a node is therefore min(1, x × its capacity), with the one x for which the shares add up to R: large
nodes are full members of every chunk, the rest is split by capacity (water filling).

**Weights.** The first R of a weighted rendezvous order are R draws without replacement. Drawing with the shares
themselves as weights would give large nodes too little, since a node that was drawn cannot be drawn again. So the
weights are those with which the *chance to be among the first R* is the share: found by iteration, each step scaling a
weight by wanted ÷ given chance (the chances of the race by quadrature over the time at which a node's turn comes; see
Hájek, "Sampling from a finite population", 1981, for draws of given inclusion probabilities).

**Equal on every machine.** Two nodes that disagree about a weight disagree about holders for ever. All arithmetic here
is +, −, × and ÷ of IEEE doubles, one operation at a time, in a fixed order: these are exact to the last bit everywhere.
The exponential is our own for that reason.
"""

from __future__ import annotations

from collections.abc import Sequence

_STEPS = 50  # at most; the steepest tables tried need 20
_CLOSE = 1e-3  # far below the sampling noise of any real number of chunks
_POINTS = 48
_HALVINGS = 10
_NEGLIGIBLE = 60.0  # e^-60: a chance that no number of chunks will show


def achievable_shares(capacities: Sequence[int], copies: int) -> list[float]:
    """The share of chunks, 0 … 1, that each node should hold. They add up to `copies`, or all are 1 when nodes lack.

    `capacities` are positive, in any unit.
    """
    shares = [0.0] * len(capacities)
    order = sorted(range(len(capacities)), key=lambda place: (-capacities[place], place))
    left, copies_left = sum(capacities), min(copies, len(capacities))
    for done, place in enumerate(order):
        if capacities[place] * copies_left < left:  # nobody from here on is too large for its share
            for rest in order[done:]:
                shares[rest] = capacities[rest] * copies_left / left
            break
        shares[place] = 1.0
        left -= capacities[place]
        copies_left -= 1
    return shares


def draw_weights(shares: Sequence[float], copies: int) -> list[float | None]:
    """Weights, the largest of them 1, whose first `copies` draws contain each node with the chance that is its share.

    None for a node that must always be among them. `shares` are `achievable_shares` of the same number of copies.
    """
    always = [share >= 1.0 for share in shares]
    draws = copies - sum(always)
    wanted = [share for share, certain in zip(shares, always, strict=True) if not certain]
    weights = iter(_solve(wanted, draws))
    return [None if certain else next(weights) for certain in always]


def _solve(wanted: Sequence[float], draws: int) -> list[float]:
    if not wanted or draws < 1:
        return [1.0] * len(wanted)
    weights = list(wanted)
    if draws > 1 and max(wanted) > min(wanted):  # one draw, or equal shares: the shares are the weights
        for _ in range(_STEPS):
            chances = _chances(weights, draws)
            if all(abs(chance - want) <= _CLOSE * want for chance, want in zip(chances, wanted, strict=True)):
                break
            weights = [weight * want / chance for weight, want, chance in zip(weights, wanted, chances, strict=True)]
            largest = max(weights)
            weights = [weight / largest for weight in weights]
    largest = max(weights)
    return [weight / largest for weight in weights]


def _chances(weights: Sequence[float], draws: int) -> list[float]:
    """The chance of each to be among the first `draws` of a race of exponential times with these rates.

    It is the integral over the time t of: its own time is t, and fewer than `draws` of the others came before.
    """
    scale = draws / sum(weights)
    chances = [0.0] * len(weights)
    for point in range(_POINTS):
        u = (point + 0.5) / _POINTS
        t = scale * u / (1.0 - u)
        width = scale / ((1.0 - u) * (1.0 - u)) / _POINTS
        waits = [_exp_minus(weight * t) for weight in weights]
        before = _arrivals_before(waits, draws)
        after = list(reversed(_arrivals_before(list(reversed(waits)), draws)))
        for place, weight in enumerate(weights):
            few = 0.0  # chance that fewer than `draws` of the others have arrived by t
            for count, chance in enumerate(before[place]):
                few = few + chance * sum(after[place][: draws - count])
            chances[place] = chances[place] + weight * waits[place] * few * width
    total = sum(chances)
    return [chance * draws / total for chance in chances]


def _arrivals_before(waits: Sequence[float], draws: int) -> list[list[float]]:
    """For each place, the chances that exactly 0 … draws-1 of those before it in the list have arrived."""
    counts = [1.0] + [0.0] * (draws - 1)
    rows = []
    for wait in waits:
        rows.append(counts)
        came = 1.0 - wait
        counts = [counts[0] * wait] + [counts[k] * wait + counts[k - 1] * came for k in range(1, draws)]
    return rows


def _exp_minus(x: float) -> float:
    """e^-x for x >= 0: a short series of a small part of x, squared back. Relative error below 1e-5 where it counts."""
    if x > _NEGLIGIBLE:
        return 0.0
    y = x / (1 << _HALVINGS)
    result = 1.0 - y * (1.0 - y / 2.0 * (1.0 - y / 3.0 * (1.0 - y / 4.0)))
    for _ in range(_HALVINGS):
        result = result * result
    return result
