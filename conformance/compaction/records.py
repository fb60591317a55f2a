"""Record batches with keys, by hand, so that both brokers get the same bytes."""
import struct

import wire

START_MS = 1_700_000_000_000


def field(value):
    return wire.varint(-1) if value is None else wire.varint(len(value)) + value.encode()


def batch(pairs, *, second, producer_id=-1, base_sequence=-1):
    """A batch of (key, value or None), all of the same second."""
    at, out = START_MS + second * 1000, b""
    for delta, (key, value) in enumerate(pairs):
        body = b"\x00" + wire.varint(0) + wire.varint(delta) + field(key) + field(value) + wire.varint(0)
        out += wire.varint(len(body)) + body
    epoch = -1 if producer_id < 0 else 0
    checked = struct.pack(">hiqqqhii", 0, len(pairs) - 1, at, at, producer_id, epoch, base_sequence, len(pairs)) + out
    return struct.pack(">qiibI", 0, 9 + len(checked), -1, 2, wire.crc32c(checked)) + checked
