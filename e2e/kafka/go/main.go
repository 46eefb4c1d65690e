// Does one script with one Go client of Kafka and prints what it saw: see ../kafka.test.ts.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"time"
)

type message struct {
	partition          int
	offset             int64
	key, value, header string
}

type client interface {
	// produce sends a message to the partition with one of the codecs none, gzip, snappy, lz4, zstd.
	produce(ctx context.Context, topic, codec string, m message) error
	offsets(ctx context.Context, topic string, partition int) (first, end int64, err error)
	// consume joins the group and hands over messages, committing each, until the context ends.
	consume(ctx context.Context, topic, group string, each func(message)) error
	// share has two members join the group at once and returns how many partitions each has in the end.
	share(ctx context.Context, topic, group string) ([]int, error)
}

var codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

func main() {
	brokers, library := os.Args[1], os.Args[2]
	topic := os.Args[3]
	ctx, cancel := context.WithTimeout(context.Background(), 80*time.Second)
	defer cancel()
	var c client
	var err error
	switch library {
	case "kafka-go":
		c = newSegment(brokers)
	case "franz-go":
		c, err = newFranz(brokers)
	case "sarama":
		c, err = newSarama(brokers)
	}
	must(err)
	for _, codec := range codecs {
		for p := 0; p < 3; p++ {
			must(c.produce(ctx, topic, codec, message{partition: p, key: fmt.Sprint("key-", p), value: fmt.Sprint(codec, "-", p), header: codec}))
		}
	}
	for p := 0; p < 3; p++ {
		first, end, err := c.offsets(ctx, topic, p)
		must(err)
		fmt.Printf("offsets %d %d %d\n", p, first, end)
	}
	for _, line := range take(ctx, c, topic, 3*len(codecs)) {
		fmt.Println("record", line)
	}
	must(c.produce(ctx, topic, "none", message{partition: 1, key: "key-1", value: "after", header: "none"}))
	for _, line := range take(ctx, c, topic, 1) {
		fmt.Println("resumed", line)
	}
	shares, err := c.share(ctx, topic, topic+"-shared")
	must(err)
	sort.Ints(shares)
	fmt.Println("shared", shares[0], shares[1])
}

func take(ctx context.Context, c client, topic string, count int) []string {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var lines []string
	err := c.consume(inner, topic, topic+"-group", func(m message) {
		lines = append(lines, fmt.Sprintf("%d/%d %s %s %s", m.partition, m.offset, m.key, m.value, m.header))
		if len(lines) == count {
			cancel()
		}
	})
	if len(lines) < count {
		must(fmt.Errorf("%d of %d messages: %v", len(lines), count, err))
	}
	sort.Strings(lines)
	return lines
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
