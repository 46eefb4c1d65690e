package main

import (
	"context"
	"time"

	"github.com/IBM/sarama"
)

type saramaClient struct{ brokers string }

func newSarama(brokers string) (client, error) { return saramaClient{brokers}, nil }

var saramaCodecs = map[string]sarama.CompressionCodec{"gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}

func saramaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	return config
}

func (s saramaClient) produce(_ context.Context, topic, codec string, m message) error {
	config := saramaConfig()
	config.Producer.Compression = saramaCodecs[codec]
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	p, err := sarama.NewSyncProducer([]string{s.brokers}, config)
	if err != nil {
		return err
	}
	defer p.Close()
	_, _, err = p.SendMessage(&sarama.ProducerMessage{Topic: topic, Partition: int32(m.partition), Key: sarama.StringEncoder(m.key), Value: sarama.StringEncoder(m.value), Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte(m.header)}}})
	return err
}

func (s saramaClient) offsets(_ context.Context, topic string, partition int) (int64, int64, error) {
	c, err := sarama.NewClient([]string{s.brokers}, saramaConfig())
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	first, err := c.GetOffset(topic, int32(partition), sarama.OffsetOldest)
	if err != nil {
		return 0, 0, err
	}
	end, err := c.GetOffset(topic, int32(partition), sarama.OffsetNewest)
	return first, end, err
}

type handler struct {
	each   func(message)
	claims func(int)
}

func (h handler) Setup(s sarama.ConsumerGroupSession) error {
	count := 0
	for _, partitions := range s.Claims() {
		count += len(partitions)
	}
	h.claims(count)
	return nil
}
func (h handler) Cleanup(s sarama.ConsumerGroupSession) error { s.Commit(); return nil }

func (h handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case m, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			session.MarkMessage(m, "")
			h.each(message{int(m.Partition), m.Offset, string(m.Key), string(m.Value), string(m.Headers[0].Value)})
		case <-session.Context().Done():
			return nil
		}
	}
}

func (s saramaClient) join(ctx context.Context, topic, group string, h handler) error {
	g, err := sarama.NewConsumerGroup([]string{s.brokers}, group, saramaConfig())
	if err != nil {
		return err
	}
	defer g.Close()
	for ctx.Err() == nil {
		if err := g.Consume(ctx, []string{topic}, h); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s saramaClient) consume(ctx context.Context, topic, group string, each func(message)) error {
	// Claims run at once, one a partition.
	messages := make(chan message)
	done := make(chan error, 1)
	go func() {
		done <- s.join(ctx, topic, group, handler{func(m message) {
			select {
			case messages <- m:
			case <-ctx.Done():
			}
		}, func(int) {}})
	}()
	for {
		select {
		case m := <-messages:
			each(m)
		case err := <-done:
			return err
		}
	}
}

func (s saramaClient) share(ctx context.Context, topic, group string) ([]int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	counts := make([]int, 2)
	type change struct{ member, count int }
	changes := make(chan change, 64)
	for i := range counts {
		go s.join(ctx, topic, group, handler{func(message) {}, func(count int) { changes <- change{i, count} }})
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
