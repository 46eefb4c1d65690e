package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
)

type segment struct{ brokers string }

func newSegment(brokers string) client { return segment{brokers} }

var segmentCodecs = map[string]kafka.Compression{"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}

func (s segment) produce(ctx context.Context, topic, codec string, m message) error {
	w := &kafka.Writer{
		Addr: kafka.TCP(s.brokers), Topic: topic, AllowAutoTopicCreation: true, BatchSize: 1,
		Compression: segmentCodecs[codec], RequiredAcks: kafka.RequireAll,
		Balancer: kafka.BalancerFunc(func(kafka.Message, ...int) int { return m.partition }),
	}
	defer w.Close()
	for {
		err := w.WriteMessages(ctx, kafka.Message{Key: []byte(m.key), Value: []byte(m.value), Headers: []kafka.Header{{Key: "h", Value: []byte(m.header)}}})
		if err == nil || ctx.Err() != nil || err != kafka.UnknownTopicOrPartition && err != kafka.LeaderNotAvailable {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s segment) offsets(ctx context.Context, topic string, partition int) (int64, int64, error) {
	c, err := kafka.DialLeader(ctx, "tcp", s.brokers, topic, partition)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	return c.ReadOffsets()
}

func (s segment) consume(ctx context.Context, topic, group string, each func(message)) error {
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{s.brokers}, GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 200 * time.Millisecond})
	defer r.Close()
	for {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			return err
		}
		if err := r.CommitMessages(context.Background(), m); err != nil {
			return err
		}
		each(message{m.Partition, m.Offset, string(m.Key), string(m.Value), string(m.Headers[0].Value)})
	}
}

func (s segment) share(ctx context.Context, topic, group string) ([]int, error) {
	// Both groups of this client are one member each; a generation tells its assignment.
	counts := make([]int, 2)
	type change struct{ member, count int }
	changes := make(chan change)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i := range counts {
		g, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: group, Brokers: []string{s.brokers}, Topics: []string{topic}, HeartbeatInterval: 200 * time.Millisecond})
		if err != nil {
			return nil, err
		}
		defer g.Close()
		go func() {
			for {
				gen, err := g.Next(ctx)
				if err != nil {
					if ctx.Err() != nil {
						return
					}
					continue
				}
				gen.Start(func(ctx context.Context) { <-ctx.Done() })
				select {
				case changes <- change{i, len(gen.Assignments[topic])}:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	for {
		select {
		case c := <-changes:
			counts[c.member] = c.count
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if counts[0]+counts[1] == 3 && counts[0] > 0 && counts[1] > 0 {
			return counts, nil
		}
	}
}
