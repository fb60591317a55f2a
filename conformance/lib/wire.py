"""A few requests of Kafka's protocol by hand, for what no client lets one ask. Only versions without flexible fields."""
import socket
import struct
import time

# Table of CRC-32C, reflected.
CRC32C = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC32C.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(number):
    """Zigzag, as records use it."""
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number & ~0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


def batch(values, *, producer_id=-1, producer_epoch=-1, base_sequence=-1, timestamp=None, magic=2, attributes=0):
    """A record batch with these values, without compression."""
    at = int(time.time() * 1000) if timestamp is None else timestamp
    records = b""
    for delta, value in enumerate(values):
        body = b"\x00" + varint(0) + varint(delta) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(body)) + body
    checked = struct.pack(">hiqqqhii", attributes, len(values) - 1, at, at, producer_id, producer_epoch, base_sequence, len(values)) + records
    return struct.pack(">qiibI", 0, 9 + len(checked), -1, magic, crc32c(checked)) + checked


class Connection:
    """One connection; answers come in the order of the requests."""

    def __init__(self, bootstrap, timeout=30.0):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.correlation = 0

    def send(self, key, version, body):
        self.correlation += 1
        header = struct.pack(">hhi", key, version, self.correlation) + text("conformance")
        self.socket.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        return self.correlation

    def receive(self):
        """(correlation id, rest) of the next answer; None when the broker has closed the connection."""
        size = self.exactly(4)
        if size is None:
            return None
        answer = self.exactly(struct.unpack(">i", size)[0])
        return struct.unpack_from(">i", answer)[0], answer[4:]

    def exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionResetError:
                return None
            if not part:
                return None
            data += part
        return data

    def ask(self, key, version, body):
        correlation = self.send(key, version, body)
        answer = self.receive()
        assert answer is not None, f"the broker closed the connection on request {key} version {version}"
        assert answer[0] == correlation, f"answer {answer[0]} to request {correlation}"
        return answer[1]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def api_versions(bootstrap):
    """{key: (min, max)} of ApiVersions v0."""
    with Connection(bootstrap) as connection:
        answer = connection.ask(18, 0, b"")
    error, count = struct.unpack_from(">hi", answer)
    assert error == 0, f"ApiVersions answered error {error}"
    return {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", answer[6:6 + 6 * count])}


def produce_body(topic, partition, records, acks=-1):
    """Produce v3 to v8."""
    return text(None) + struct.pack(">hi", acks, 10_000) + struct.pack(">i", 1) + text(topic) + struct.pack(">iii", 1, partition, len(records)) + records


def produce(connection, topic, records, partition=0, acks=-1):
    """(error, base offset) of Produce v7."""
    answer = connection.ask(0, 7, produce_body(topic, partition, records, acks))
    at = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack_from(">hq", answer, at)


def fetch_body(topic, offset, *, partition=0, max_wait_ms=500, min_bytes=1, max_bytes=1 << 20, partition_max_bytes=1 << 20):
    """Fetch v4."""
    return (struct.pack(">iiiib", -1, max_wait_ms, min_bytes, max_bytes, 0) + struct.pack(">i", 1) + text(topic)
            + struct.pack(">iiqi", 1, partition, offset, partition_max_bytes))


def fetched(answer, topic):
    """(error, high watermark, records) of a Fetch v4 answer for one partition."""
    at = 4 + 4 + 2 + len(topic) + 4
    _, error, high_watermark, _, aborted = struct.unpack_from(">ihqqi", answer, at)
    at += 26 + max(aborted, 0) * 16
    size = struct.unpack_from(">i", answer, at)[0]
    return error, high_watermark, answer[at + 4:at + 4 + max(size, 0)]


def fetch(connection, topic, offset, **how):
    return fetched(connection.ask(1, 4, fetch_body(topic, offset, **how)), topic)


def batches(records):
    """(base offset, last offset, attributes, base sequence, size) of each whole batch."""
    out, at = [], 0
    while at + 61 <= len(records):
        base, length = struct.unpack_from(">qi", records, at)
        if at + 12 + length > len(records):
            break
        attributes, last_delta = struct.unpack_from(">hi", records, at + 21)
        sequence = struct.unpack_from(">i", records, at + 53)[0]
        out.append((base, base + last_delta, attributes, sequence, 12 + length))
        at += 12 + length
    return out


def init_producer_id(connection):
    """(producer id, epoch) of InitProducerId v0 without a transactional id."""
    _, error, producer_id, epoch = struct.unpack_from(">ihqh", connection.ask(22, 0, text(None) + struct.pack(">i", 60_000)))
    assert error == 0, f"InitProducerId answered error {error}"
    return producer_id, epoch
