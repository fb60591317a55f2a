#!/usr/bin/env bash
# Kafka's own Java clients, by its console tools; used as its siblings are:
#
#   client.sh produce BOOTSTRAP TOPIC CODEC <rows     KEY<TAB>VALUE lines, all acknowledged at exit 0
#   client.sh consume BOOTSTRAP TOPIC                 from the beginning to the end of every partition
#   client.sh member  BOOTSTRAP TOPIC GROUP           in a group until SIGTERM
#
# Rows that are read are printed as PARTITION<TAB>OFFSET<TAB>KEY<TAB>VALUE.
set -euo pipefail
kafka=$PEERS/kafka/kafka.sh
case $1 in
  produce)
    errors=$("$kafka" console-producer --bootstrap-server "$2" --topic "$3" --compression-codec "$4" --reader-property parse.key=true \
      --command-property acks=all --batch-size 65536 2>&1 >/dev/null)
    [ -z "$errors" ] || { echo "$errors" >&2; exit 1; }
    ;;
  consume) # ends when it has seen as many as there are: the topics of the checks start at offset 0 and have no gaps
    count=$("$kafka" get-offsets --bootstrap-server "$2" --topic "$3" | awk -F: '{n += $3} END {print n + 0}')
    "$kafka" console-consumer --bootstrap-server "$2" --topic "$3" --from-beginning --max-messages "$count" --timeout-ms 60000 \
      --formatter-property print.partition=true --formatter-property print.offset=true --formatter-property print.key=true 2>/dev/null |
      sed 's/^Partition:\([0-9]*\)\tOffset:\([0-9]*\)/\1\t\2/'
    ;;
  member) exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$CONFORMANCE_CACHE/java:$("$kafka" lib)/*" Member "${@:2}" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
