#!/usr/bin/env bash
# kcat as a client of the checks, used as its siblings are:
#
#   client.sh produce BOOTSTRAP TOPIC CODEC <rows     KEY<TAB>VALUE lines, all acknowledged at exit 0
#   client.sh consume BOOTSTRAP TOPIC                 from the beginning to the end of every partition
#   client.sh member  BOOTSTRAP TOPIC GROUP           in a group until SIGTERM
#
# Rows that are read are printed as PARTITION<TAB>OFFSET<TAB>KEY<TAB>VALUE.
set -euo pipefail
case $1 in
  produce) exec kcat -P -b "$2" -t "$3" -K $'\t' -z "$4" -X acks=all -X queue.buffering.max.messages=1000000 ;;
  consume) exec kcat -C -b "$2" -t "$3" -o beginning -e -q -f '%p\t%o\t%k\t%s\n' ;;
  member) exec kcat -b "$2" -G "$4" -q -u -f '%p\t%o\t%k\t%s\n' -X auto.offset.reset=earliest -X session.timeout.ms=6000 \
    -X heartbeat.interval.ms=500 "$3" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
