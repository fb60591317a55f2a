"""From exec to the first answer on an empty folder, and memory at rest."""
import time

from rows import Row, Target
from sides import Side

REST_SECONDS = 5


def empty(bed, name):
    """A fresh folder each time; Kafka's is formatted before, and that does not count."""
    bed.rest()
    while True:
        side = Side(name)
        try:
            side.start()
            time.sleep(bed.seconds(REST_SECONDS))
            yield {"ms": side.broker.start_ms, "RSS MiB": side.process.memory_mib()}
        finally:
            side.dispose()


ROWS = [Row("start-empty", f"start to first answer, empty; memory at rest {REST_SECONDS} s after", empty, {"vltava": 6, "kafka": 14},
            [Target("ms", "kafka", 0.01), Target("RSS MiB", "kafka", 0.05)])]
