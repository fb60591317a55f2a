// The franz-go client of the checks. One program, three ways:
//
//	franz-go produce BOOTSTRAP TOPIC CODEC <rows     KEY<TAB>VALUE lines, all acknowledged at exit 0
//	franz-go consume BOOTSTRAP TOPIC                 from the beginning to the end of every partition
//	franz-go member  BOOTSTRAP TOPIC GROUP           in a group until SIGTERM
//
// Rows that are read are printed as PARTITION<TAB>OFFSET<TAB>KEY<TAB>VALUE; a member prints before it commits.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "franz-go:", err)
		os.Exit(1)
	}
}

func client(bootstrap string, more ...kgo.Opt) *kgo.Client {
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap)}, more...)...)
	check(err)
	return c
}

func produce(bootstrap, topic, codec string) {
	c := client(bootstrap, kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(codecs[codec]),
		kgo.ProducerLinger(5*time.Millisecond))
	var failed atomic.Value
	rows := bufio.NewScanner(os.Stdin)
	rows.Buffer(make([]byte, 1<<20), 1<<20)
	for rows.Scan() {
		key, value, _ := bytes.Cut(bytes.Clone(rows.Bytes()), []byte("\t"))
		c.Produce(context.Background(), &kgo.Record{Key: key, Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.Store(err)
			}
		})
	}
	check(rows.Err())
	check(c.Flush(context.Background()))
	if err := failed.Load(); err != nil {
		check(err.(error))
	}
	c.Close()
}

func print(out *bufio.Writer, r *kgo.Record) {
	fmt.Fprintf(out, "%d\t%d\t%s\t%s\n", r.Partition, r.Offset, r.Key, r.Value)
}

func consume(bootstrap, topic string) {
	c := client(bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ends, err := kadm.NewClient(c).ListEndOffsets(context.Background(), topic)
	check(err)
	check(ends.Error())
	var left int64 // the topics of the checks start at offset 0 and have no gaps
	ends.Each(func(end kadm.ListedOffset) { left += end.Offset })
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for left > 0 {
		fetches := c.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			check(e.Err)
		}
		fetches.EachRecord(func(r *kgo.Record) { left--; print(out, r) })
	}
	check(out.Flush())
	c.Close()
}

func member(bootstrap, topic, group string) {
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	c := client(bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(500*time.Millisecond))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	for ctx.Err() == nil {
		fetches := c.PollRecords(ctx, 2000)
		fetches.EachRecord(func(r *kgo.Record) { print(out, r) })
		check(out.Flush())
		if fetches.NumRecords() > 0 {
			if err := c.CommitUncommittedOffsets(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, "franz-go: commit:", err)
			}
		}
		c.AllowRebalance()
	}
	c.Close()
}

func main() {
	a := append(os.Args[1:], "", "", "", "")
	switch a[0] {
	case "produce":
		produce(a[1], a[2], a[3])
	case "consume":
		consume(a[1], a[2])
	case "member":
		member(a[1], a[2], a[3])
	default:
		fmt.Fprintln(os.Stderr, "usage: franz-go produce|consume|member BOOTSTRAP TOPIC [CODEC|GROUP]")
		os.Exit(2)
	}
}
