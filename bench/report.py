"""The table: medians side by side, ratios, targets, and what limits them."""
import datetime
import os
import platform
import re
import subprocess

from sides import DURABILITY


def shown(values):
    """The median and the range."""
    ordered = sorted(values)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return f"{middle:.4g}" if len(values) == 1 else f"{middle:.4g} ({ordered[0]:.4g} to {ordered[-1]:.4g})"


def lines_of(row, store):
    """A line for each target of the row, and one for each side that could not be measured."""
    for target in row.targets:
        ours, theirs = (store.values(row.name, side, target.figure) for side in ("vltava", target.against))
        if not ours or not theirs:
            continue
        both = store.median(row.name, "vltava", target.figure), store.median(row.name, target.against, target.figure)
        ratio = both[0] / both[1] if both[1] else float("inf")
        met = target.met(ratio)
        yield (f"| {row.title} | {target.figure} | {shown(ours)} | {target.against}: {shown(theirs)} | {ratio:.3g} | {target} | "
               f"{'yes' if met else '**no**'} | {min(len(ours), len(theirs))} | {'' if met else limit_of(row, target, store, both[1])} |")
    for side in row.sides:
        why = store.errors.get((row.name, side))
        if why:
            yield f"| {row.title} | not measured on {side}: {why.replace('|', '/').replace(chr(10), ' ')} | | | | | | 0 | |"


def limit_of(row, target, store, theirs):
    """For a target that is missed: how near the limit that was measured in the same run comes to it."""
    side = row.limits.get(target.figure, target.against)
    most = store.median(row.name, side, target.figure) if side != target.against else None
    if most is None or not theirs:
        return ""
    reached = target.met(most / theirs)
    return f"{side} itself: {most:.4g}, {most / theirs:.3g} × {target.against}: {'within' if reached else 'OUT OF'} reach"


def others(row, store):
    """What the sides showed besides the figures with targets."""
    named = {(target.figure, side) for target in row.targets for side in ("vltava", target.against)}
    figures = {}
    for side in row.sides:
        for sample in store.samples.get((row.name, side), []):
            for figure, value in sample.items():
                if (figure, side) not in named:
                    figures.setdefault((figure, side), []).append(value)
    if figures:
        yield f"- {row.title}: " + "; ".join(f"{side} {figure} {shown(values)}" for (figure, side), values in figures.items()) + "."


def text(command, rows, store, scale):
    """The whole page."""
    lines = [f"# {datetime.date.today()}: Vltava beside Apache Kafka", "", f"`{command}`, {machine()}.", "",
             f"Vltava {version()}, Apache Kafka {kafka_version()}, {java_version()}, librdkafka {first_line('pkg-config', '--modversion', 'rdkafka')}.",
             *([] if scale == 1 else [f"**The short form: {scale:g} of the load, of the partitions and of the time. Not to quote.**"]),
             "Median (lowest to highest) of so many samples. Both brokers run at the same time and are measured in turn; clients share the",
             "processors with them. `bench/README.md` says how each row is measured, and what bare, sink and disk are.", "",
             *[f"- {name}: " + "; ".join(f"{side} {' '.join(config) or 'as it comes'}" for side, config in sides.items()) + "."
               for name, sides in DURABILITY.items()], "",
             "| what | figure | Vltava | beside | ratio | target | met | samples | limit |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
             *[line for row in rows for line in lines_of(row, store)], "", "Measured beside:", "",
             *[line for row in rows for line in others(row, store)], ""]
    return "\n".join(lines)


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return ((done.stdout or done.stderr).splitlines() or ["unknown"])[0]


def machine():
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    load = os.getloadavg()[2]
    return f"{os.cpu_count()} cores, {memory / (1 << 20):.0f} GiB, {platform.system()} {platform.machine()}, load average of the last 15 min {load:.1f}"


def version():
    commit = first_line("git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty")
    return f"{first_line(os.environ['VLTAVA'], '--version').removeprefix('vltava ')} (commit {commit})"


def kafka_version():
    pom = open(os.path.join(os.environ["PEERS"], "kafka", "pom.xml")).read()
    return re.search(r"<kafka.version>(.*)</kafka.version>", pom)[1]


def java_version():
    return first_line("java", "-version").replace('"', "")
