"""Cases with a name each, the options that every check takes, and the closing line."""
import argparse
import pathlib
import re
import sys
import time
import traceback


class Skip(Exception):
    """Raised by a case that cannot run here, with the reason."""


def options(description, **more):
    """What every check takes; `more` are further arguments as NAME=(default, type)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", default="vltava", help="vltava, kafka, or HOST:PORT of one that runs")
    parser.add_argument("--short", action="store_true", help="what CI runs (the default)")
    parser.add_argument("--full", action="store_true", help="everything")
    parser.add_argument("--only", default="", help="the cases whose names match this regular expression")
    for name, (default, kind) in more.items():
        how = {"action": "store_true"} if kind is bool else {"default": default, "type": kind}
        parser.add_argument(f"--{name.replace('_', '-')}", **how)
    return parser.parse_args()


def describe(error):
    """The error with the place in the check that raised it."""
    text = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text} ({pathlib.Path(where.filename).name}:{where.lineno})"


class Cases:
    """Runs cases one after another: one that fails does not stop the next."""

    def __init__(self, only=""):
        self.only = re.compile(only)
        self.passed = self.failed = self.skipped = 0

    def wants(self, name):
        return self.only.search(name) is not None

    def run(self, name, case, *arguments):
        """Calls `case`; whatever it raises fails it. Returns what it returned, or None."""
        if not self.wants(name):
            return None
        started, result = time.monotonic(), None
        verdict, reason = "pass", ""
        try:
            result = case(*arguments)
            self.passed += 1
        except Skip as skip:
            verdict, reason = "skip", str(skip)
            self.skipped += 1
        except Exception as error:  # a case may fail in any way; the next one still runs
            verdict, reason = "FAIL", describe(error)
            self.failed += 1
        print(f"{verdict}  {name}  {time.monotonic() - started:.1f} s{'  ' + reason if reason else ''}")
        return result

    def conclude(self):
        """Prints the closing line and exits."""
        print(f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else ""))
        sys.exit(0 if self.passed and not self.failed else 1)


def until(condition, seconds=10.0, what="the condition"):
    """Polls `condition` until it gives something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"{what} did not come true in {seconds} s"
        time.sleep(0.02)
