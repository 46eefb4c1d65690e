import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

/** Does one script with Apache Kafka's Java client and prints what it saw: see ../kafka.test.ts. */
public class Client {
  static String brokers, topic;
  static final List<String> codecs = List.of("none", "gzip", "snappy", "lz4", "zstd");
  static final long deadline = System.nanoTime() + 80_000_000_000L;

  public static void main(String[] args) throws Exception {
    brokers = args[0];
    topic = args[2];
    for (String codec : codecs) produce(codec, List.of("0", "1", "2"), codec + "-");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      for (int p = 0; p < 3; p++)
        System.out.println("offsets " + p + " " + offset(admin, p, OffsetSpec.earliest()) + " " + offset(admin, p, OffsetSpec.latest()));
    }
    for (String line : take(3 * codecs.size())) System.out.println("record " + line);
    produce("none", List.of("1"), null);
    for (String line : take(1)) System.out.println("resumed " + line);
    share();
    System.exit(0);
  }

  static long offset(Admin admin, int partition, OffsetSpec spec) throws Exception {
    TopicPartition its = new TopicPartition(topic, partition);
    return admin.listOffsets(Map.of(its, spec)).partitionResult(its).get().offset();
  }

  /** Idempotent, as it is by default. */
  static void produce(String codec, List<String> partitions, String prefix) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", brokers, "compression.type", codec);
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (String p : partitions)
        producer.send(new ProducerRecord<>(topic, Integer.valueOf(p), "key-" + p, prefix == null ? "after" : prefix + p,
            List.of(new RecordHeader("h", codec.getBytes())))).get();
    }
  }

  static KafkaConsumer<String, String> consumer(String group) {
    KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", brokers, "group.id", group,
        "enable.auto.commit", "false", "auto.offset.reset", "earliest", "heartbeat.interval.ms", "200"),
        new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of(topic));
    return consumer;
  }

  static List<String> take(int count) {
    List<String> lines = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer(topic + "-group")) {
      while (lines.size() < count) {
        if (System.nanoTime() > deadline) throw new IllegalStateException(lines.size() + " of " + count + " messages");
        for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofMillis(200)))
          lines.add(r.partition() + "/" + r.offset() + " " + r.key() + " " + r.value() + " " + new String(r.headers().lastHeader("h").value()));
      }
      consumer.commitSync();
    }
    Collections.sort(lines);
    return lines;
  }

  static void share() throws Exception {
    Map<Integer, Integer> counts = new ConcurrentHashMap<>(Map.of(0, 0, 1, 0));
    for (int i = 0; i < 2; i++) {
      int index = i;
      Thread member = new Thread(() -> {
        KafkaConsumer<String, String> consumer = consumer(topic + "-shared");
        while (true) {
          consumer.poll(Duration.ofMillis(100));
          counts.put(index, consumer.assignment().size());
        }
      });
      member.setDaemon(true);
      member.start();
    }
    while (counts.get(0) + counts.get(1) != 3 || counts.containsValue(0)) {
      if (System.nanoTime() > deadline) throw new IllegalStateException("shared " + counts);
      Thread.sleep(20);
    }
    System.out.println("shared 1 2");
  }
}
