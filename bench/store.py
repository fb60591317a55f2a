"""Samples on disk, a line of JSON each, so that a run that was cut off goes on where it was."""
import json
import re
import statistics


class Store:
    """The samples of one run. Those of another build of the broker, or of another scale, do not count."""

    def __init__(self, path, run):
        self.path, self.run = path, run  # run: what has to be the same for samples to stand in one table
        self.samples, self.errors = {}, {}  # (row, side) -> figures of each sample; why there is none
        for line in path.read_text().splitlines() if path.exists() else []:
            entry = json.loads(line)
            if entry["run"] == run:
                self._take(entry)

    def _take(self, entry):
        key = entry["row"], entry["side"]
        if "error" in entry:
            self.errors[key] = entry["error"]
        else:
            self.samples.setdefault(key, []).append(entry["figures"])
            self.errors.pop(key, None)

    def add(self, row, side, **what):
        """Appends figures={...} or error="..."."""
        entry = {"row": row, "side": side, "run": self.run, **what}
        self.path.parent.mkdir(exist_ok=True)
        with open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")
        self._take(entry)

    def count(self, row, side):
        return len(self.samples.get((row, side), []))

    def load_minutes(self):
        """Of the rows of memory after a load."""
        return {float(match[1]) for row, _ in self.samples if (match := re.fullmatch(r"memory-load-(.*)m", row))}

    def values(self, row, side, figure):
        return [figures[figure] for figures in self.samples.get((row, side), []) if figure in figures]

    def median(self, row, side, figure):
        values = self.values(row, side, figure)
        return statistics.median(values) if values else None
