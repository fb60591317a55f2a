"""What goes wrong on a machine: damaged files, a full disk, files without permission, a second start, stops, bad clients. Vltava only.

Everywhere: a clear message that names what is wrong, no panic, no data dropped silently, other partitions go on.
"""
import pathlib
import sys

import cases

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import damage
import disk
import process


def main():
    options = cases.options(__doc__)
    if options.broker != "vltava":
        sys.exit("faults: these look at our messages and files; there is nothing to run against another broker")
    run = cases.Cases(options.only)
    for module in (process, damage, disk):
        for name, case in module.CASES.items():
            run.run(name, case)
    run.conclude()


if __name__ == "__main__":
    main()
