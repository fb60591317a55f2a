"""The script: what is asked of the tools, in order. Each step is a name, and a function that returns text to compare."""
import json
import re
import tempfile

from confluent_kafka import Consumer, Producer, TopicPartition

import brokers

DAY_MS = 86_400_000
# Timestamps that are given, so that both brokers store the same bytes; long past, so the topics keep their records for ever.
EPOCH_MS = 1_700_000_000_000


def said(done):
    """What a tool printed and how it ended."""
    return f"{done.stdout}{done.stderr}exit {done.returncode}\n"


class Script:
    """Steps that lean on one another: topics are made, filled, read, altered, deleted."""

    def __init__(self, broker):
        self.broker = broker

    def tool(self, name, *arguments, stdin=None):
        return said(brokers.tool(name, "--bootstrap-server", self.broker.bootstrap, *arguments, stdin=stdin, check=False))

    def topics(self, *arguments):
        return self.tool("topics", *arguments)

    def configs(self, topic, *arguments):
        return self.tool("configs", "--entity-type", "topics", "--entity-name", topic, *arguments)

    def groups(self, *arguments):
        return self.tool("consumer-groups", *arguments)

    def offsets(self, time):
        return self.tool("get-offsets", "--topic", "full", "--time", str(time))

    def cluster(self, command):
        return said(brokers.tool("cluster", command, "--bootstrap-server", self.broker.bootstrap, check=False))

    def sorted_lines(self, text):
        """For answers whose order means nothing."""
        return "\n".join(sorted(text.splitlines())) + "\n"

    def log_dirs(self):
        text = self.tool("log-dirs", "--describe", "--topic-list", "full,plain")
        answer = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
        for broker in answer["brokers"]:
            for folder in broker["logDirs"]:
                folder["partitions"].sort(key=lambda partition: partition["partition"])
        return json.dumps(answer, separators=(",", ":"), indent=1) + "\n"

    def fill(self):
        """40 batches of 25 records for each of two partitions, with given timestamps: the same bytes on every broker."""
        producer = Producer({"bootstrap.servers": self.broker.bootstrap, "acks": "all", "linger.ms": 1000, "batch.num.messages": 25,
                             "max.in.flight.requests.per.connection": 1})
        for batch in range(40):
            for partition in (0, 1):
                for n in range(25):
                    at = EPOCH_MS + batch * 60_000 + n
                    producer.produce("full", f"value {batch}-{n} ".encode() * 120, f"key {n}".encode(), partition=partition, timestamp=at,
                                     headers=[("batch", str(batch).encode())])
            left = producer.flush(30)
            assert left == 0, f"{left} not delivered"
        return ""

    def fill_idempotent(self):
        """Three batches of an idempotent producer, for the producer snapshot."""
        producer = Producer({"bootstrap.servers": self.broker.bootstrap, "enable.idempotence": True, "linger.ms": 1000})
        for batch in range(3):
            for n in range(5):
                producer.produce("idempotent", f"{batch}-{n}".encode(), partition=0, timestamp=EPOCH_MS + batch)
            assert producer.flush(30) == 0, "not delivered"
        return ""

    def describe_producers(self):
        """Their ids are the broker's own."""
        text = self.tool("transactions", "describe-producers", "--topic", "idempotent", "--partition", "0")
        return re.sub(r"^\d+ *\t", "ID\t", text, flags=re.M)

    def read_in_group(self):
        """A simple consumer that commits, for groups whose offsets are known to the record."""
        consumer = Consumer({"bootstrap.servers": self.broker.bootstrap, "group.id": "readers", "enable.auto.commit": False})
        consumer.commit(offsets=[TopicPartition("full", 0, 600), TopicPartition("full", 1, 1000, "half way")], asynchronous=False)
        consumer.close()
        return ""

    def delete_records(self, offset):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
            json.dump({"version": 1, "partitions": [{"topic": "full", "partition": 0, "offset": offset}]}, plan)
            plan.flush()
            return self.tool("delete-records", "--offset-json-file", plan.name)

    def consume(self, *arguments):
        return self.tool("console-consumer", "--timeout-ms", "5000", *arguments)

    def formatted(self, formatter):
        """__consumer_offsets as Kafka's own formatter reads it."""
        text = self.consume("--topic", "__consumer_offsets", "--from-beginning", "--formatter", f"org.apache.kafka.tools.consumer.{formatter}")
        records = re.findall(r'\{"key":.*?\}(?=\{"key"|[^\}]*$)', text, re.M)
        # those of the script's own groups; each group is in one partition, so its order stands
        return "".join(f"{record}\n" for group in ("readers", "console") for record in records if f'"group":"{group}"' in record)

    def steps(self):
        """(name, what to call) in order."""
        return [*self.topic_steps(), *self.config_steps(), *self.data_steps(), *self.group_steps(), *self.end_steps()]

    def topic_steps(self):
        new = lambda name, *more: self.topics("--create", "--topic", name, *more)
        return [
            ("topics-create", lambda: new("full", "--partitions", "2", "--replication-factor", "1", "--config", "segment.bytes=1048576",
                                          "--config", "cleanup.policy=delete", "--config", "retention.ms=-1")),
            ("topics-create-exists", lambda: new("full", "--partitions", "2")),
            ("topics-create-if-not-exists", lambda: new("full", "--if-not-exists")),
            ("topics-create-defaults", lambda: new("plain")),
            ("topics-create-idempotent", lambda: new("idempotent", "--partitions", "1", "--config", "retention.ms=-1")),
            ("topics-create-replicas", lambda: new("three", "--replication-factor", "3")),
            ("topics-create-no-partitions", lambda: new("none", "--partitions", "0")),
            ("topics-create-bad-config", lambda: new("bad", "--config", "retention.msec=1")),
            ("topics-create-bad-value", lambda: new("bad", "--config", "cleanup.policy=burn")),
            ("topics-create-bad-name", lambda: new("not a name")),
            ("topics-list", lambda: self.topics("--list")),
            ("topics-describe", lambda: self.topics("--describe", "--topic", "full")),
            ("topics-describe-overrides", lambda: self.sorted_lines(self.topics("--describe", "--topics-with-overrides"))),
            ("topics-describe-unknown", lambda: self.topics("--describe", "--topic", "nowhere")),
            ("topics-add-partitions", lambda: self.topics("--alter", "--topic", "plain", "--partitions", "3")),
            ("topics-fewer-partitions", lambda: self.topics("--alter", "--topic", "plain", "--partitions", "1")),
            ("topics-describe-added", lambda: self.topics("--describe", "--topic", "plain")),
            ("topics-delete-unknown", lambda: self.topics("--delete", "--topic", "nowhere")),
        ]

    def config_steps(self):
        alter = lambda *change: self.configs("plain", "--alter", *change)
        return [
            ("configs-describe", lambda: self.configs("full", "--describe")),
            ("configs-describe-all", lambda: self.configs("full", "--describe", "--all")),
            ("configs-add", lambda: alter("--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]")),
            ("configs-add-bad-value", lambda: alter("--add-config", "retention.ms=soon")),
            ("configs-add-unknown", lambda: alter("--add-config", "retention=1")),
            ("configs-add-out-of-range", lambda: alter("--add-config", "segment.bytes=1")),
            ("configs-added", lambda: self.configs("plain", "--describe")),
            ("configs-delete", lambda: alter("--delete-config", "retention.ms")),
            ("configs-deleted", lambda: self.configs("plain", "--describe")),
            ("configs-unknown-topic", lambda: self.configs("nowhere", "--describe")),
        ]

    def data_steps(self):
        return [
            ("fill", self.fill),
            ("fill-idempotent", self.fill_idempotent),
            ("transactions-describe-producers", self.describe_producers),
            ("console-producer", lambda: self.tool("console-producer", "--topic", "plain", "--reader-property", "parse.key=true",
                                                   stdin="a\t1\nb\t2\na\t3\n")),
            ("console-consumer", lambda: self.sorted_lines(self.consume(
                "--topic", "plain", "--from-beginning", "--max-messages", "3", "--group", "printing", "--formatter-property", "print.key=true",
                "--formatter-property", "print.partition=true", "--formatter-property", "print.offset=true"))),
            ("offsets-latest", lambda: self.offsets("latest")),
            ("offsets-earliest", lambda: self.offsets("earliest")),
            ("offsets-max-timestamp", lambda: self.offsets("max-timestamp")),
            ("offsets-earliest-local", lambda: self.offsets("earliest-local")),
            ("offsets-latest-tiered", lambda: self.offsets("latest-tiered")),
            ("offsets-at-timestamp", lambda: self.offsets(EPOCH_MS + 10 * 60_000 + 7)),
            ("offsets-after-all", lambda: self.offsets(EPOCH_MS + DAY_MS)),
            ("log-dirs", self.log_dirs),
            ("cluster-id", lambda: self.cluster("cluster-id")),
            ("cluster-endpoints", lambda: self.cluster("list-endpoints")),
        ]

    def group_steps(self):
        reset = lambda *how: self.groups("--reset-offsets", "--group", "readers", "--topic", "full", *how)
        return [
            ("groups-commit", self.read_in_group),
            ("groups-list", lambda: self.sorted_lines(self.groups("--list"))),
            ("groups-list-state", lambda: self.sorted_lines(self.groups("--list", "--state"))),
            ("groups-tool-list", lambda: self.sorted_lines(self.tool("groups", "--list"))),
            ("groups-describe", lambda: self.groups("--describe", "--group", "readers")),
            ("groups-describe-state", lambda: self.groups("--describe", "--group", "readers", "--state")),
            ("groups-describe-members", lambda: self.groups("--describe", "--group", "readers", "--members")),
            ("groups-describe-unknown", lambda: self.groups("--describe", "--group", "nobody")),
            ("groups-reset-dry-run", lambda: reset("--to-earliest", "--dry-run")),
            ("groups-reset-shift", lambda: reset("--shift-by", "-100", "--execute")),
            ("groups-reset-datetime", lambda: reset("--to-datetime", "2023-11-14T22:30:00.000Z", "--execute")),
            ("groups-described-again", lambda: self.groups("--describe", "--group", "readers")),
            ("groups-delete-offsets", lambda: self.groups("--delete-offsets", "--group", "readers", "--topic", "full:1")),
            ("groups-consume", lambda: self.consume("--topic", "plain", "--group", "console", "--from-beginning", "--max-messages", "3",
                                                    "--formatter-property", "print.value=false")),
            ("groups-consumed", lambda: self.groups("--describe", "--group", "console")),
            ("offsets-formatter", lambda: self.formatted("OffsetsMessageFormatter")),
            ("groups-formatter", lambda: self.formatted("GroupMetadataMessageFormatter")),
            ("groups-delete", lambda: self.groups("--delete", "--group", "readers")),
            ("groups-delete-unknown", lambda: self.groups("--delete", "--group", "nobody")),
            ("groups-list-after", lambda: self.sorted_lines(self.groups("--list"))),
        ]

    def end_steps(self):
        return [
            ("delete-records", lambda: self.delete_records(130)),
            ("delete-records-beyond", lambda: self.delete_records(100_000)),
            ("offsets-earliest-after", lambda: self.offsets("earliest")),
            ("topics-delete", lambda: self.topics("--delete", "--topic", "plain")),
            ("topics-list-after", lambda: self.topics("--list")),
        ]
