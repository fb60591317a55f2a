"""What other clients do to a broker, each in a process of its own so that it does not slow the measuring one down."""
import contextlib
import multiprocessing
import os
import socket
import struct
import threading
import time

import wire


@contextlib.contextmanager
def processes(target, count, *arguments):
    """`count` processes that run `target(index, *arguments)` until the end of the block."""
    started = [multiprocessing.Process(target=target, args=(index, *arguments), daemon=True) for index in range(count)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.join()


def connect(bootstrap, receive_buffer=None):
    host, port = bootstrap.rsplit(":", 1)
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect((host, int(port)))
    return client


def request(key, version, body, correlation=1):
    header = struct.pack(">hhi", key, version, correlation) + wire.text("load")
    return struct.pack(">i", len(header) + len(body)) + header + body


def big_batch(size, records=100):
    return wire.batch([os.urandom(size // records)] * records)


def flood(index, bootstrap, topic, acks, frame):
    """A producer that keeps five requests of 1 MiB in flight."""
    client = connect(bootstrap)
    room = threading.Semaphore(5)

    def read():
        while True:
            size = client.recv(4, socket.MSG_WAITALL)
            client.recv(struct.unpack(">i", size)[0], socket.MSG_WAITALL)
            room.release()

    if acks != 0:
        threading.Thread(target=read, daemon=True).start()
    while True:
        if acks != 0:
            room.acquire()
        client.sendall(frame)


def hold(clients):
    while clients:
        time.sleep(3600)


def half_frames(index, bootstrap, count, claimed, sent):
    """Connections that claim a request of some size, send some of it, and stall."""
    clients = [connect(bootstrap) for _ in range(count)]
    for client in clients:
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            client.sendall(struct.pack(">i", claimed) + b"\0" * sent)
    hold(clients)


def slow_headers(index, bootstrap, count):
    """Connections that send a request byte by byte, a byte a second."""
    clients = [connect(bootstrap) for _ in range(count)]
    frame = request(3, 1, struct.pack(">i", -1))
    for byte in frame:
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(bytes([byte]))
        time.sleep(1)
    hold(clients)


def never_reads(index, bootstrap, count, topic, offset_end, size):
    """Consumers that ask for much and do not read it."""
    clients = [connect(bootstrap, 4096) for _ in range(count)]
    body = wire.fetch_body(topic, 0, max_bytes=size, partition_max_bytes=size)
    for client in clients:
        client.sendall(request(1, 4, body))
    hold(clients)


def asks_and_never_reads(index, bootstrap, count):
    """Clients that send Metadata requests for all topics for ever and read no answer."""
    clients = [connect(bootstrap, 4096) for _ in range(count)]
    frame = request(3, 1, struct.pack(">i", -1)) * 50
    for client in clients:
        client.setblocking(False)
    while True:
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(frame)
        time.sleep(0.005)


def small_requests(index, bootstrap):
    """A client that sends small requests as fast as they are taken, thousands in its buffer, and reads the answers."""
    client = connect(bootstrap)

    def read():
        while client.recv(1 << 20):
            pass

    threading.Thread(target=read, daemon=True).start()
    frame = request(18, 0, b"") * 2000
    while True:
        client.sendall(frame)


def idle(index, bootstrap, count):
    hold([connect(bootstrap) for _ in range(count)])


def cold_reader(index, bootstrap, topic, folder):
    """Reads a topic from its start, again and again, and throws its files out of the page cache before each fetch."""
    with wire.Connection(bootstrap, 60.0) as connection:
        offset = 0
        while True:
            for path in folder.glob("*.log"):
                with open(path, "rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            error, end, records = wire.fetch(connection, topic, offset, max_bytes=50 << 20, partition_max_bytes=50 << 20)
            assert error == 0, error
            found = wire.batches(records)
            offset = found[-1][1] + 1 if found and found[-1][1] + 1 < end else 0
