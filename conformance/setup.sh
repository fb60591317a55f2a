#!/usr/bin/env bash
# Installs what the checks need and is not there: Debian packages (kcat, librdkafka-dev), a Python with confluent-kafka, the Go and
# Node clients, Kafka's jars. Everything but Debian's packages goes to $CONFORMANCE_CACHE (default ~/.cache/vltava/conformance), once
# for each state of the files that say what is needed. Prints nothing when there is nothing to do.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${PEERS:=$here/../../shared/peers}" "${CONFORMANCE_CACHE:=$HOME/.cache/vltava/conformance}"
mkdir -p "$CONFORMANCE_CACHE"
exec 9>"$CONFORMANCE_CACHE/.lock"
flock 9

say() { echo "setup: $*" >&2; }
# fresh NAME FILE...: false if NAME was already made from these files; done_with NAME records it
stamp() { cat "$@" | sha256sum | cut -c1-16; }
made() { [ -e "$CONFORMANCE_CACHE/$1.$(stamp "${@:2}")" ]; }
done_with() { rm -f "$CONFORMANCE_CACHE/$1".????????????????; touch "$CONFORMANCE_CACHE/$1.$(stamp "${@:2}")"; }

packages=()
command -v kcat >/dev/null || packages+=(kcat)
[ -e /usr/include/librdkafka/rdkafka.h ] || packages+=(librdkafka-dev)
command -v ss >/dev/null || packages+=(iproute2)
command -v bc >/dev/null || packages+=(bc)
if [ ${#packages[@]} -gt 0 ]; then
  say "installing ${packages[*]}"
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
fi

if ! made python "$here/clients/confluent/requirements.txt"; then
  say 'installing confluent-kafka'
  rm -rf "$CONFORMANCE_CACHE/python"
  python3 -m venv "$CONFORMANCE_CACHE/python"
  "$CONFORMANCE_CACHE/python/bin/pip" install -q --disable-pip-version-check -r "$here/clients/confluent/requirements.txt" >&2
  done_with python "$here/clients/confluent/requirements.txt"
fi

if ! made franz-go "$here"/clients/franz-go/{go.mod,go.sum,main.go}; then
  say 'building the franz-go client'
  (cd "$here/clients/franz-go" && go build -o "$CONFORMANCE_CACHE/franz-go" .) >&2
  done_with franz-go "$here"/clients/franz-go/{go.mod,go.sum,main.go}
fi

if ! made kafkajs "$here/clients/kafkajs/package.json"; then
  say 'installing kafkajs'
  rm -rf "$CONFORMANCE_CACHE/kafkajs" && mkdir -p "$CONFORMANCE_CACHE/kafkajs"
  cp "$here/clients/kafkajs/package.json" "$CONFORMANCE_CACHE/kafkajs/"
  (cd "$CONFORMANCE_CACHE/kafkajs" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) >&2
  done_with kafkajs "$here/clients/kafkajs/package.json"
fi

lib=$("$PEERS/kafka/kafka.sh" lib)
if ! made java "$here"/clients/java/*.java; then
  say 'compiling the Java client'
  rm -rf "$CONFORMANCE_CACHE/java"
  javac -d "$CONFORMANCE_CACHE/java" -cp "$lib/*" "$here"/clients/java/*.java
  done_with java "$here"/clients/java/*.java
fi
