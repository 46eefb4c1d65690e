package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type franz struct{ brokers string }

func newFranz(brokers string) (client, error) { return franz{brokers}, nil }

var franzCodecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}

func (f franz) produce(ctx context.Context, topic, codec string, m message) error {
	// Idempotent, as it is by default.
	c, err := kgo.NewClient(kgo.SeedBrokers(f.brokers), kgo.AllowAutoTopicCreation(), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(franzCodecs[codec]))
	if err != nil {
		return err
	}
	defer c.Close()
	return c.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: int32(m.partition), Key: []byte(m.key), Value: []byte(m.value), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte(m.header)}}}).FirstErr()
}

func (f franz) offsets(ctx context.Context, topic string, partition int) (int64, int64, error) {
	c, err := kgo.NewClient(kgo.SeedBrokers(f.brokers))
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	admin := kadm.NewClient(c)
	first, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return 0, 0, err
	}
	end, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return 0, 0, err
	}
	a, _ := first.Lookup(topic, int32(partition))
	b, _ := end.Lookup(topic, int32(partition))
	return a.Offset, b.Offset, nil
}

func (f franz) consume(ctx context.Context, topic, group string, each func(message)) error {
	c, err := kgo.NewClient(kgo.SeedBrokers(f.brokers), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit())
	if err != nil {
		return err
	}
	defer c.Close()
	for ctx.Err() == nil {
		fetches := c.PollFetches(ctx)
		if errs := fetches.Errors(); len(errs) > 0 && ctx.Err() == nil {
			return errs[0].Err
		}
		records := fetches.Records()
		if len(records) > 0 {
			if err := c.CommitRecords(context.Background(), records...); err != nil {
				return err
			}
		}
		for _, r := range records {
			each(message{int(r.Partition), r.Offset, string(r.Key), string(r.Value), string(r.Headers[0].Value)})
		}
	}
	return ctx.Err()
}

func (f franz) share(ctx context.Context, topic, group string) ([]int, error) {
	counts := make([]int, 2)
	type change struct{ member, by int }
	changes := make(chan change, 64)
	for i := range counts {
		count := func(sign int) func(context.Context, *kgo.Client, map[string][]int32) {
			return func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
				changes <- change{i, sign * len(got[topic])}
			}
		}
		c, err := kgo.NewClient(kgo.SeedBrokers(f.brokers), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
			kgo.OnPartitionsAssigned(count(1)), kgo.OnPartitionsRevoked(count(-1)), kgo.OnPartitionsLost(count(-1)))
		if err != nil {
			return nil, err
		}
		defer c.CloseAllowingRebalance()
		go func() {
			for ctx.Err() == nil && !c.PollFetches(ctx).IsClientClosed() {
			}
		}()
	}
	for {
		select {
		case c := <-changes:
			counts[c.member] += c.by
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if counts[0]+counts[1] == 3 && counts[0] > 0 && counts[1] > 0 {
			return counts, nil
		}
	}
}
