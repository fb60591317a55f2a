"""What may differ between two runs or two brokers, replaced by names."""
import re

RULES = [
    (r"(?m)^\[\d{4}-\d\d-\d\d [\d:,]+\] ", "[TIME] "),
    (r"(?m)^\s+(at|\.\.\.) .*\n", ""),  # stack traces
    (r"(?m)^Picked up .*\n", ""),
    (r"(?m)^The consumer rebalance protocol \(KIP-848\).*\n", ""),
    (r"(?m)^console-consumer-\d+\b.*\n", ""),  # the tools' own groups
    # Kafka's storage tool sets these for the whole cluster when it formats a folder
    (r"DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=1, ", ""),
    (r"(Configs: |,)min.insync.replicas=1,?", r"\1"),
    (r"TopicId: [\w-]{22}", "TopicId: ID"),
    (r"Cluster ID: \S+", "Cluster ID: ID"),
    (r"127\.0\.0\.1:\d+", "HOST:PORT"),
    (r"(?m)^(\d+ +)127\.0\.0\.1 +\d+", r"\1HOST PORT"),
    (r"(HOST:PORT) +\(id", r"\1 (id"),
    (r'"logDir":"[^"]*"', '"logDir":"DIR"'),
    (r'"(commitTimestamp|currentStateTimestamp|expireTimestamp)":\d+', r'"\1":TIME'),
    (r'"(totalBytes|usableBytes)":\d+', r'"\1":BYTES'),
    (r'"topicId":"[\w-]{22}"', '"topicId":"ID"'),
    (r"(console-consumer|consumer-console|consumer-readers|rdkafka)-[0-9a-f-]{36}", r"\1-UUID"),
    (r"(rdkafka|console-consumer)(-\d+)?-?[0-9a-f]{8}-[0-9a-f-]{27}", r"\1-UUID"),
    (r"[ \t]+(?=\n)", ""),
    (r"  +", "  "),  # columns are as wide as the widest name
]


def normal(text):
    for pattern, name in RULES:
        text = re.sub(pattern, name, text)
    # in no order that means anything
    return re.sub(r"(?<=Configs: )\S+", lambda configs: ",".join(sorted(configs[0].split(","))), text)
