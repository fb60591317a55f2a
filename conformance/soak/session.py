"""A consumer with a fetch session (KIP-227), by hand: librdkafka has none."""
import struct

import wire

FETCH_VERSION = 11
OUT_OF_RANGE = 1


def request(topic, places, session_id, epoch):
    """Fetch v11 of these (partition, offset)."""
    body = struct.pack(">iiiibii", -1, 500, 1, 1 << 20, 0, session_id, epoch)
    body += struct.pack(">i", 1 if places else 0)
    if places:
        body += wire.text(topic) + struct.pack(">i", len(places))
        for partition, offset in places:
            body += struct.pack(">iiqqi", partition, -1, offset, -1, 1 << 18)
    return body + struct.pack(">i", 0) + wire.text("")


def answers(answer):
    """(error, session id, [(partition, error, records)])."""
    error, session_id, topics = struct.unpack_from(">hii", answer, 4)
    at, found = 14, []
    for _ in range(topics):
        at += 2 + struct.unpack_from(">h", answer, at)[0]
        count = struct.unpack_from(">i", answer, at)[0]
        at += 4
        for _ in range(count):
            partition, code, _, _, _, aborted = struct.unpack_from(">ihqqqi", answer, at)
            at += 34 + max(aborted, 0) * 16 + 4
            size = max(struct.unpack_from(">i", answer, at)[0], 0)
            found.append((partition, code, answer[at + 4:at + 4 + size]))
            at += 4 + size
    return error, session_id, found


def earliest(connection, topic, partition):
    """ListOffsets v1: where the log begins."""
    body = struct.pack(">ii", -1, 1) + wire.text(topic) + struct.pack(">iiq", 1, partition, -2)
    answer = connection.ask(2, 1, body)
    return struct.unpack_from(">q", answer, len(answer) - 8)[0]


def read(bootstrap, topic, partitions, stopping, rounds):
    """Reads so many answers in one session; returns how many batches came."""
    batches, session_id, epoch = 0, 0, 0
    with wire.Connection(bootstrap) as connection:
        offsets = {partition: earliest(connection, topic, partition) for partition in partitions}
        changed = dict(offsets)
        for _ in range(rounds):
            if stopping.is_set():
                break
            error, session_id, found = answers(connection.ask(1, FETCH_VERSION, request(topic, list(changed.items()), session_id, epoch)))
            assert error == 0, f"fetch session: error {error}"
            epoch, changed = epoch + 1, {}
            for partition, code, records in found:
                if code == OUT_OF_RANGE:
                    changed[partition] = offsets[partition] = earliest(connection, topic, partition)
                    continue
                assert code == 0, f"{topic}-{partition}: error {code}"
                whole = wire.batches(records)
                if whole:
                    changed[partition] = offsets[partition] = whole[-1][1] + 1
                    batches += len(whole)
            stopping.wait(0.05)
        connection.ask(1, FETCH_VERSION, request(topic, [], session_id, -1))
    return batches
