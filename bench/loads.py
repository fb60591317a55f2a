"""The measurements. Each takes a side and says {figure: value}; a figure's name ends with its unit."""
import json
import re
import subprocess
import time

from confluent_kafka import Consumer, Producer, TopicPartition

from sides import RDLOAD, run, tool

GB = 1_000_000_000


def producer(side, durability, size, partitions, codec, count):
    """Kafka's own producer as fast as it goes, acks=all."""
    topic = side.new_topic(partitions, durability)
    before = side.cpu_seconds()
    said = tool("producer-perf-test", "--bootstrap-server", side.bootstrap, "--topic", topic, "--num-records", count, "--record-size", size,
                "--throughput", -1, "--reporting-interval", 100_000, "--command-property", "acks=all", f"compression.type={codec}",
                "batch.size=131072", "linger.ms=5")
    cpu = side.cpu_seconds() - before
    side.drop_topic(topic)
    last = [line for line in said.splitlines() if "99.9th" in line][-1]
    rate = float(re.search(r"([\d.]+) records/sec", last)[1])
    p99 = float(re.search(r"([\d.]+) ms 99th", last)[1])
    return {"MB/s": rate * size / 1e6, "p99 ms": p99, "broker CPU s/GB": cpu * GB / (count * size)}


def rdload(side, durability, size, partitions, codec, count):
    """A librdkafka producer, then a librdkafka consumer of the same topic."""
    topic = side.new_topic(partitions, durability)
    before = side.cpu_seconds()
    written = json.loads(run(RDLOAD, "produce", side.bootstrap, topic, partitions, count, size, "acks=all", f"compression.type={codec}",
                             "batch.size=131072", "linger.ms=5"))
    middle = side.cpu_seconds()
    read = json.loads(run(RDLOAD, "consume", side.bootstrap, topic, partitions, count, size, "fetch.message.max.bytes=1048576",
                          "queued.min.messages=10000000", "queued.max.messages.kbytes=2097151"))
    after = side.cpu_seconds()
    side.drop_topic(topic)
    gigabytes = count * size / GB
    return {"in MB/s": written["MB_s"], "in broker CPU s/GB": (middle - before) / gigabytes, "out MB/s": read["MB_s"],
            "out broker CPU s/GB": (after - middle) / gigabytes}


def consumer(side, durability, size, partitions, count):
    """Kafka's own consumer over records that rdload wrote."""
    topic = side.new_topic(partitions, durability)
    run(RDLOAD, "produce", side.bootstrap, topic, partitions, count, size, "batch.size=131072", "linger.ms=5")
    before = side.cpu_seconds()
    said = tool("consumer-perf-test", "--bootstrap-server", side.bootstrap, "--topic", topic, "--num-records", count, "--group",
                f"{topic}-group", "--hide-header")
    cpu = side.cpu_seconds() - before
    side.drop_topic(topic)
    # start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
    fields = said.strip().splitlines()[-1].split(", ")
    return {"MB/s": float(fields[8]) * 1.048576, "broker CPU s/GB": cpu * GB / (count * size)}


def beside(side, topic, load_bytes):
    """A producer of load_bytes a second to the topic, or None for none."""
    if not load_bytes:
        return None
    load = subprocess.Popen([RDLOAD, "produce", side.bootstrap, topic, "4", "100000000", "1024", f"rate={load_bytes // 1024}", "linger.ms=5"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    return load


def latency(side, durability, load_bytes, count, measure):
    """End to end, one record at a time, by `measure`; beside a producer of load_bytes a second."""
    topic, load_topic = side.new_topic(1, durability), side.new_topic(4, durability)
    load = beside(side, load_topic, load_bytes)
    try:
        figures = measure(side, topic, count)
    finally:
        if load:
            load.terminate()
            load.wait()
    side.drop_topic(topic)
    side.drop_topic(load_topic)
    return figures


def by_kafka(side, topic, count):
    """Kafka's own tool: whole milliseconds, its first records while its JVM warms up."""
    said = tool("e2e-latency", "--bootstrap-server", side.bootstrap, "--topic", topic, "--num-records", count, "--producer-acks", "all",
                "--record-size", 1024)
    value = lambda name: float(re.search(rf"{name} = ([\d.]+)", said)[1])
    return {"p50 ms": value("50th"), "p99 ms": value("99th"), "p99.9 ms": value("99.9th")}


def by_librdkafka(side, topic, count):
    """confluent-kafka in this process: fractions of a millisecond; the first 200 records do not count."""
    producer = Producer({"bootstrap.servers": side.bootstrap, "acks": "all", "linger.ms": 0, "socket.nagle.disable": True})
    consumer = Consumer({"bootstrap.servers": side.bootstrap, "group.id": "latency", "enable.auto.commit": False,
                         "socket.nagle.disable": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    times, value = [], bytes(1024)
    for _ in range(count + 200):
        started = time.perf_counter()
        producer.produce(topic, value, partition=0)
        message = None
        while message is None:
            message = consumer.poll(10)
        assert message.error() is None, message.error()
        times.append((time.perf_counter() - started) * 1000)
        producer.poll(0)
    consumer.close()
    times = sorted(times[200:])
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
    return {"p50 ms": at(0.5), "p99 ms": at(0.99), "p99.9 ms": at(0.999)}
