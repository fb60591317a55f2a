"""The rows of the table, the most important first. `Row.run` yields the figures of one sample after the other."""
import dataclasses
import typing


@dataclasses.dataclass
class Target:
    """What a figure has to be beside another side's: at most (or at least) `ratio` times it."""
    figure: str
    against: str  # a side
    ratio: float
    at_least: bool = False

    def met(self, ratio):
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self):
        return f"{'≥' if self.at_least else '≤'} {self.ratio:.3g} × {self.against}"


@dataclasses.dataclass
class Row:
    name: str  # what --only selects
    title: str
    run: typing.Callable  # (bed, name of a side) -> generator of {figure: value}
    sides: dict  # side -> seconds that a sample takes there, about
    targets: list
    setup_seconds: float = 0  # of all sides together
    in_turn: bool = True  # a sample of each side after the other; otherwise all of one side, then of the next
    most: dict = dataclasses.field(default_factory=dict)  # side -> samples at most, where fewer tell enough
    limits: dict = dataclasses.field(default_factory=dict)  # figure -> the side that shows what client, disk or kernel allow

    def samples(self, side, wanted):
        return min(wanted, self.most.get(side, wanted))

    def seconds(self, wanted):
        """How long it takes, about."""
        return self.setup_seconds + sum(self.samples(side, wanted) * seconds for side, seconds in self.sides.items())


def all_rows(load_minutes):
    """Every row in order of importance; one for each number of minutes of load."""
    from rows import consume, fsync, latency, many, memory, produce, start
    return [*produce.CPU, *fsync.ROWS, *consume.ROWS, *produce.WIRED, *produce.THROUGHPUT, *latency.ROWS, *start.ROWS,
            *[memory.row(minutes) for minutes in load_minutes], *many.ROWS]
