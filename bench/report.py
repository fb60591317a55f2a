"""The table: each figure's median on both sides, its range, and the ratio."""
import datetime
import os
import platform
import re
import statistics
import subprocess

import confluent_kafka

MORE_IS_BETTER = ("MB/s",)


class Report:
    """Collects values as they come and writes them as Markdown."""

    def __init__(self):
        self.values = {}  # (measurement, figure) -> side -> values

    def add(self, measurement, side, figures):
        for figure, value in figures.items():
            self.values.setdefault((measurement, figure), {}).setdefault(side, []).append(value)
        print(f"{measurement}: {side}: " + ", ".join(f"{figure} {value:.4g}" for figure, value in figures.items()))

    def rows(self):
        for (measurement, figure), sides in self.values.items():
            ours, theirs = sides.get("vltava", []), sides.get("kafka", [])
            if not ours or not theirs:
                continue
            both = statistics.median(ours), statistics.median(theirs)
            # 0 on both sides is below what the tool can tell apart.
            ratio = both[0] / both[1] if both[1] else 1.0 if not both[0] else float("inf")
            good = ratio >= 1 if figure.endswith(MORE_IS_BETTER) else ratio <= 1
            yield f"| {measurement} | {figure} | {shown(ours)} | {shown(theirs)} | {ratio:.3g} | {'' if good else 'worse'} |"

    def text(self, command, durabilities):
        lines = [f"# {datetime.date.today()}: Vltava beside Apache Kafka", "",
                 f"`{command}`, {machine()}.", "",
                 f"Vltava {version()}, Apache Kafka {kafka_version()}, {java_version()}, librdkafka {librdkafka_version()}.",
                 "Both brokers run all the while and are measured in turn; the clients share the processors with them. Median (lowest to",
                 "highest); the ratio is Vltava's median over Kafka's, more is better for MB/s, less for all else.", "",
                 *[f"- {name}: " + "; ".join(f"{side} {' '.join(config) or 'as it comes'}" for side, config in sides.items()) + "."
                   for name, sides in durabilities.items()], "",
                 "| measurement | figure | Vltava | Kafka | ratio | |", "| --- | --- | --- | --- | --- | --- |", *self.rows(), ""]
        return "\n".join(lines)


def shown(values):
    middle = f"{statistics.median(values):.4g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.4g} to {max(values):.4g})"


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return ((done.stdout or done.stderr).splitlines() or ["unknown"])[0]


def machine():
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{os.cpu_count()} cores, {memory / (1 << 20):.0f} GiB, {platform.system()} {platform.machine()}"


def version():
    commit = first_line("git", "-C", os.path.dirname(__file__), "describe", "--always", "--dirty")
    return f"{first_line(os.environ['VLTAVA'], '--version').removeprefix('vltava ')} (commit {commit})"


def kafka_version():
    pom = open(os.path.join(os.environ["PEERS"], "kafka", "pom.xml")).read()
    return re.search(r"<kafka.version>(.*)</kafka.version>", pom)[1]


def java_version():
    return first_line("java", "-version").replace('"', "")


def librdkafka_version():
    return f"{first_line('pkg-config', '--modversion', 'rdkafka')} (load), {confluent_kafka.libversion()[0]} (Python)"
